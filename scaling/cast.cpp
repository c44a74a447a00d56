// The three steps for a tensor alone.
#include "scaling/cast.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "scaling/cast_into.h"
#include "scaling/encode.h"
#include "scaling/observe.h"

namespace octavo::scaling {
namespace {

/// The codes of NVFP4's block scales, and what they are times.
void keep_two_levels(const Cast& rule, const Observations& seen, CastTensor& result) {
  const float whole = Nvfp4::tensor_factor(rule.format, seen.tensor);
  result.tensor_inverse = 1.0F / whole;
  result.scale_codes.resize(result.scales.size());
  Nvfp4::block_codes(rule.format, whole, seen.amaxes, result.scale_codes);
  for (std::size_t i = 0; i < result.scales.size(); ++i)
    if (std::isnan(result.scales[i].inverse))
      result.scale_codes[i] = static_cast<std::uint8_t>(formats::e4m3.nan_code());
}

/// How many scales have which bias, and which are stand-ins.
void count_biases(const CastTensor& result, const Cast& rule, const Observations& seen, const AmaxHistory* past,
                  CastOutcome& outcome) {
  const bool given = needs(rule.scaling) == Needs::nothing;  // then a bias does not depend on the values
  const bool from_past = past != nullptr && is_founded(*past);
  const bool waits = past != nullptr && std::holds_alternative<Delayed>(rule.scaling);  // for the next step
  for (std::size_t i = 0; i < result.scales.size(); ++i) {
    const bool founded = from_past || (!waits && Observation{seen.amaxes[i]}.usable());
    if (given || founded)
      ++outcome.biases[static_cast<std::size_t>(result.scales[i].bias() + kBiasLimit)];
    else
      ++outcome.without_bias;
    if (std::isnan(result.scales[i].inverse)) ++outcome.nan_scales;
  }
}

}  // namespace

CastTensor cast(formats::Values values, std::int64_t columns, const Cast& rule, bool with_outcome,
                const AmaxHistory* past, const formats::RandomStream& random) {
  assert(columns >= 1 && static_cast<std::int64_t>(values.size()) % columns == 0);
  if (!rule.granularity.is_tensor() || !has_history(rule.scaling)) past = nullptr;
  const Matrix x(values, columns, rule.granularity);
  CastTensor result;
  result.codes = std::make_unique_for_overwrite<std::uint8_t[]>(values.size());
  result.scales.resize(static_cast<std::size_t>(x.scales));
  const std::span<std::uint8_t> codes(result.codes.get(), values.size());
  const Observations seen = cast_into(x, rule, past, random, with_outcome, result.scales, codes);
  if (std::holds_alternative<Nvfp4>(rule.scaling)) keep_two_levels(rule, seen, result);
  result.amax = seen.tensor;
  if (!with_outcome) return result;
  const auto outcome = std::make_shared<CastOutcome>();
  Measured measured = measure(x, rule, result.scales, codes);
  outcome->statistics = measured.statistics;
  outcome->exponents = measured.exponents;
  outcome->amax = seen.tensor;
  outcome->blocks = result.scales.size();
  if (!result.scales.empty()) outcome->scale = result.scales.front();
  count_biases(result, rule, seen, past, *outcome);
  result.outcome = outcome;
  return result;
}

void dequantize(const CastTensor& tensor, const Cast& rule, std::int64_t columns, std::span<float> values) {
  assert(!tensor.nibbles);
  const auto count = static_cast<std::int64_t>(values.size());
  const BlockGrid grid(rule.granularity, count / columns, columns);
  const std::int64_t rows_at_a_time = std::max<std::int64_t>(1, kPiece / columns);
  machine::share((grid.rows + rows_at_a_time - 1) / rows_at_a_time, 20e3, [&](std::int64_t part) {
    const std::int64_t first = part * rows_at_a_time;
    const std::int64_t rows = std::min(rows_at_a_time, grid.rows - first);
    const auto begin = static_cast<std::size_t>(first * columns);
    const auto size = static_cast<std::size_t>(rows * columns);
    formats::decode(rule.format, {tensor.codes.get() + begin, size}, values.subspan(begin, size));
    for (std::int64_t row = first; row < first + rows; ++row)
      for_segments(grid, [&](std::int64_t, std::int64_t column, std::int64_t width) {
        const float inverse = tensor.scales[static_cast<std::size_t>(grid.of(row, column))].inverse;
        for (std::int64_t i = column; i < column + width; ++i)
          values[static_cast<std::size_t>(row * columns + i)] *= inverse;
      });
  });
}

}  // namespace octavo::scaling
