// Band by band, or step by step.
#include "scaling/cast_into.h"

#include <algorithm>
#include <cassert>
#include <vector>

#include "formats/span/encoder.h"
#include "scaling/choose.h"
#include "scaling/encode.h"

namespace octavo::scaling {
namespace {

/// True if a block's scale depends on that block alone, so that the three steps can follow each other in the cache.
bool blocks_stand_alone(const Cast& rule, const BlockGrid& grid) {
  return !rule.granularity.is_tensor() && needs(rule.scaling) <= Needs::amax && bands_hold_whole_blocks(grid);
}

/// All three steps band by band. `amaxes`: of all blocks, or empty if nobody will ask for them.
void cast_bands(const Matrix& x, const Cast& rule, const formats::RandomStream& random,
                std::span<formats::MeasuredAmax> amaxes, std::span<Scale> scales, std::span<std::uint8_t> codes) {
  constexpr double kEach = 0.8;  // nanoseconds
  const BlockGrid& grid = x.grid;
  const formats::Encoder encoder(rule.format, rule.rounding, rule.overflow, random);
  for_bands(grid, kEach, [&](std::int64_t, std::int64_t first, std::int64_t last) {
    const auto begin = static_cast<std::size_t>(first / grid.block_rows * grid.across());
    const auto count = static_cast<std::size_t>(((last - 1) / grid.block_rows + 1) * grid.across()) - begin;
    std::vector<formats::MeasuredAmax> own(amaxes.empty() ? count : 0);
    const std::span<formats::MeasuredAmax> of_band = amaxes.empty() ? std::span(own) : amaxes.subspan(begin, count);
    observe_rows(x, first, last, of_band.data());
    choose(rule, of_band, {}, scales.subspan(begin, count));
    encode_rows(x, encoder, scales, first, last, codes);
  });
}

}  // namespace

Observations cast_into(const Matrix& x, const Cast& rule, const AmaxHistory* past, const formats::RandomStream& random,
                       bool keep_amaxes, std::span<Scale> scales, std::span<std::uint8_t> codes) {
  assert(static_cast<std::int64_t>(scales.size()) == x.scales && static_cast<std::int64_t>(codes.size()) == x.size());
  Observations seen;
  if (blocks_stand_alone(rule, x.grid)) {
    seen.amaxes.resize(keep_amaxes ? scales.size() : 0);
    cast_bands(x, rule, random, seen.amaxes, scales, codes);
    for (const formats::MeasuredAmax& amax : seen.amaxes) seen.tensor += amax;
    return seen;
  }
  seen.amaxes.resize(scales.size());
  const bool blind = needs(rule.scaling) == Needs::nothing && rule.format.has_nan() && !keep_amaxes;
  if (!blind) seen = observe_all(x, rule.scaling);
  if (past != nullptr && has_history(rule.scaling) && rule.granularity.is_tensor())
    scales.front() = choose(rule, x.grid, seen, *past);
  else
    std::ranges::copy(choose(rule, x.grid, seen), scales.begin());
  encode(x, rule, scales, random, codes);
  return seen;
}

}  // namespace octavo::scaling
