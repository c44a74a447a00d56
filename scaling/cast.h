// Casting a tensor to a format of at most 8 bits under a policy, and what came of it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "formats/block.h"
#include "formats/span/quantize.h"
#include "scaling/granularity.h"
#include "scaling/policy/policies.h"

namespace octavo::scaling {

/// How a tensor is cast.
struct Cast {
  formats::Spec format{};
  Policy scaling{};
  Granularity granularity = kTensor;
  formats::Overflow overflow = formats::Overflow::saturate;
  bool operator==(const Cast&) const = default;
};

/// A block format as a cast: its element under MX's rule where the scale is E8M0, NVFP4's where the tensor has a scale
/// too, else current scaling, as DeepSeek-V3 does.
Cast cast_of(const formats::BlockFormat& format);

/// Memory of the scales of a tensor: E8M0 for MX, E4M3 and one binary32 number for NVFP4, else binary32.
std::uint64_t scale_bits(const Policy& policy, std::uint64_t blocks);

/// What casting one tensor did.
struct CastOutcome {
  Scale scale{};               ///< of the first block
  std::uint64_t blocks = 0;    ///< scales that the tensor has; 1 for one scale a tensor
  formats::MeasuredAmax amax;  ///< of the whole tensor
  formats::CastStatistics statistics;
  std::array<std::uint64_t, 256> exponents{};     ///< elements by biased binary32 exponent, before scaling
  std::array<std::uint32_t, kBiasBins> biases{};  ///< blocks by floor(log2(factor)) + kBiasLimit
  /// Blocks that `biases` leaves out: the policy reads the amax, and the one that it had to read (theirs, or those of
  /// earlier steps) is zero, infinite or with a NaN, or none yet, so that their scale is a stand-in.
  std::uint64_t without_bias = 0;
  std::uint64_t nan_scales = 0;  ///< blocks whose scale is NaN: they hold what the format has no code for

  /// Elements that were infinite.
  std::uint64_t infinite() const { return exponents[255] - statistics.nan; }
};

/// Codes of a tensor, and the scales that its values were multiplied by: one for each block of BlockGrid, row-major.
struct CastTensor {
  std::unique_ptr<std::uint8_t[]> codes;
  std::vector<Scale> scales;
  std::shared_ptr<const CastOutcome> outcome;  ///< if asked for

  /// Of a tensor with one.
  const Scale& scale() const { return scales.front(); }
};

/// x8 = encode(x * factor), nearest even, under the scales that the policy gives: x is a matrix of so many columns (at
/// least 1), its size a multiple of them. What lies beyond the format's largest value becomes that value, or under
/// Overflow::special its infinity, or its NaN. NaN is never lost: where the format has no code for it, and neither for
/// an infinity that is to stay one, the scale of the element's tensor, row or block has the inverse NaN, as E8M0's and
/// E4M3's NaN say it on hardware. A policy with a history takes a step in `past` if there is one and the granularity is
/// the tensor. The same bits and statistics for any number of threads.
CastTensor cast(std::span<const float> x, std::int64_t columns, const Cast& rule, bool with_outcome,
                AmaxHistory* past = nullptr);

/// values[i] = decode(code) * inverse, the product in binary32 (exact for powers of two within its range).
void dequantize(const CastTensor& tensor, const Cast& rule, std::int64_t columns, std::span<float> values);

}  // namespace octavo::scaling
