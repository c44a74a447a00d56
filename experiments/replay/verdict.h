// What kind of difference a recorded result has: a wrong map, a model that is nearly right, or something else.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "experiments/replay/emulator.h"

namespace octavo::experiments::replay {

enum class Verdict : std::uint8_t {
  misplaced,  ///< it is the result of another dot of the same instruction: the map of operands or results is wrong
  near,       ///< within a unit of the model for each term and sum: a rounding or the bits kept differ
  far,        ///< neither
  nan_bits,   ///< both are NaN, with other bits
};
std::string_view name(Verdict verdict);

/// Mismatches by verdict.
struct VerdictCounts {
  std::int64_t misplaced = 0;
  std::int64_t near = 0;
  std::int64_t far = 0;
  std::int64_t nan_bits = 0;

  std::int64_t& of(Verdict verdict);
  std::int64_t judged() const { return misplaced + near + far + nan_bits; }
  VerdictCounts& operator+=(const VerdictCounts& other);
};

/// Most mismatches of a case that are judged: they are thinned out evenly.
inline constexpr std::size_t kMostJudged = 4096;

/// A verdict on each of the results that are listed, ascending. The dots of an instruction are sought where it may have
/// had them: of dots among 64 neighbours, of a product in its tile of 128 x 128. Where a result is both another's and
/// near, it is misplaced if more results are another's than near, or if the tile's results are the computed ones in
/// another order.
std::vector<Verdict> verdicts(const EmulatedProduct& product, std::span<const std::uint32_t> recorded,
                              std::span<const std::uint32_t> computed, std::span<const std::int64_t> mismatches);

/// The first other result of the same instruction whose computed bits those are.
std::optional<std::int64_t> place_of(const EmulatedProduct& product, std::span<const std::uint32_t> computed,
                                     std::int64_t result, std::uint32_t bits);

/// Of conversions, codes of 8 or 16 bits: near is the neighbouring code of the same sign.
Verdict conversion_verdict(const formats::Spec& to, std::uint32_t recorded, std::uint32_t computed);

}  // namespace octavo::experiments::replay
