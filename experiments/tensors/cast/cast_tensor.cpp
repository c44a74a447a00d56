// One tensor under one cast.
#include "experiments/tensors/cast/cast_tensor.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>

#include "experiments/store/runs/run.h"
#include "formats/decode.h"
#include "formats/encode.h"
#include "formats/overflow_bound.h"
#include "sim/file/widen.h"

namespace octavo::experiments {
namespace {

/// x * factor rounded to odd in binary64, so that a format of fewer bits rounds it as it would the exact product.
double product_to_odd(double x, double factor) {
  const double product = x * factor;
  if (!std::isfinite(product)) return product;
  const double rest = std::fma(x, factor, -product);
  if (rest == 0.0) return product;
  auto bits = std::bit_cast<std::uint64_t>(product);
  if ((rest < 0.0) != (product < 0.0)) --bits;  // the exact product is nearer to zero
  return std::bit_cast<double>(bits | 1u);
}

/// What scaling::cast gave for the floats, with codes and statistics of the doubles under the same scales.
void recast(std::span<const double> x, std::int64_t columns, const scaling::Cast& rule, const scaling::CastTensor& cast,
            const formats::RandomStream& random, scaling::CastOutcome& outcome, std::span<std::uint8_t> codes) {
  const auto rows = static_cast<std::int64_t>(x.size()) / columns;
  const scaling::BlockGrid grid(rule.granularity, rows, columns);
  const double kept = formats::largest_kept(rule.format, rule.rounding, false);
  const double kept_negative = formats::largest_kept(rule.format, rule.rounding, true);
  formats::CastStatistics all;
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t column = 0; column < columns; ++column) {
      const auto at = static_cast<std::size_t>(row * columns + column);
      const auto factor = static_cast<double>(cast.scales[static_cast<std::size_t>(grid.of(row, column))].factor);
      const double scaled = product_to_odd(x[at], factor);
      const std::uint32_t code =
          formats::encode(rule.format, rule.rounding, formats::Overflow::saturate, scaled, {random.word(at) >> 8, 24});
      const double value = formats::decode(rule.format, code);
      codes[at] = static_cast<std::uint8_t>(code);
      ++all.count;
      all.zeros += x[at] == 0.0 ? 1 : 0;
      all.underflow += x[at] != 0.0 && value == 0.0 ? 1 : 0;
      all.overflow += std::fabs(scaled) > (std::signbit(scaled) ? kept_negative : kept) ? 1 : 0;
      all.nan += std::isnan(x[at]) ? 1 : 0;
      if (!std::isfinite(x[at])) continue;
      const double error = x[at] - value / factor;
      all.signal_energy += x[at] * x[at];
      all.error_energy += error * error;
    }
  outcome.statistics = all;
}

void add(const scaling::CastOutcome& outcome, std::span<const std::uint8_t> codes, Measured& whole) {
  whole.outcome.scale = outcome.scale;
  whole.outcome.blocks += outcome.blocks;
  whole.outcome.amax += outcome.amax;
  whole.outcome.statistics += outcome.statistics;
  whole.outcome.without_bias += outcome.without_bias;
  whole.outcome.nan_scales += outcome.nan_scales;
  for (std::size_t i = 0; i < outcome.exponents.size(); ++i) whole.outcome.exponents[i] += outcome.exponents[i];
  for (std::size_t i = 0; i < outcome.biases.size(); ++i) whole.outcome.biases[i] += outcome.biases[i];
  for (const std::uint8_t code : codes) ++whole.codes[code];
}

void keep(const scaling::CastTensor& part, std::span<const std::uint8_t> codes, Codes& kept) {
  kept.codes.insert(kept.codes.end(), codes.begin(), codes.end());
  for (const scaling::Scale& scale : part.scales) kept.inverses.push_back(scale.inverse);
  kept.scale_codes = part.scale_codes;
  kept.tensor_inverse = part.tensor_inverse;
}

/// The largest |x|, NaN left out.
double amax_of(std::span<const double> x) {
  double largest = 0.0;
  for (const double value : x) largest = std::max(largest, std::isnan(value) ? 0.0 : std::fabs(value));
  return largest;
}

std::vector<double> transposed(const std::vector<double>& values, std::size_t rows, std::size_t columns) {
  std::vector<double> result(values.size());
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < columns; ++column)
      result[column * rows + row] = values[row * columns + column];
  return result;
}

}  // namespace

CastInput load_for_cast(const sim::file::TensorFile& file, const sim::file::TensorInfo& info, bool k_first) {
  CastInput input;
  if (info.dtype == "F64" || info.dtype == "f8") {
    const std::span<const std::byte> stored = file.stored(info.name);
    input.doubles = sim::file::widened_f64(stored);
    input.floats = sim::file::filled(info.shape, [&](float* out) {
      sim::file::narrow_f64_to_odd(stored.data(), static_cast<std::int64_t>(input.doubles.size()), out);
    });
  } else {
    input.floats = file.load(info.name);
  }
  if (!k_first) return input;
  input.floats = sim::file::transposed(input.floats);
  if (!input.doubles.empty())
    input.doubles =
        transposed(input.doubles, static_cast<std::size_t>(info.shape[0]), static_cast<std::size_t>(info.shape[1]));
  return input;
}

Measured measure(const CastInput& input, const scaling::Cast& cast, const formats::RandomStream& random, Codes* kept) {
  const std::span<const float> values = input.floats.values;
  const std::vector<std::int64_t>& shape = input.floats.shape;
  const bool steps = scaling::has_history(cast.scaling) && shape.size() > 1 && !values.empty();
  const std::size_t slices = steps ? static_cast<std::size_t>(shape.front()) : 1;
  const std::int64_t columns = shape.empty() ? 1 : std::max<std::int64_t>(1, shape.back());
  const std::size_t size = values.size() / slices;
  Measured result;
  result.codes.resize(store::kCodeBins);
  scaling::AmaxHistory past;
  for (std::size_t slice = 0; slice < slices; ++slice) {
    formats::RandomStream of_slice = random;
    of_slice.step = static_cast<std::uint32_t>(slice);
    const scaling::CastTensor part =
        scaling::cast(values.subspan(slice * size, size), columns, cast, true, &past, of_slice);
    scaling::advance(cast.scaling, cast.format, past, part.amax);
    scaling::CastOutcome outcome = *part.outcome;
    const std::span<std::uint8_t> codes(part.codes.get(), size);
    if (!input.doubles.empty())
      recast(std::span(input.doubles).subspan(slice * size, size), columns, cast, part, of_slice, outcome, codes);
    add(outcome, codes, result);
    if (kept != nullptr) keep(part, codes, *kept);
  }
  if (kept != nullptr) {
    kept->granularity = cast.granularity;
    if (slices > 1)
      kept->granularity.rows = static_cast<std::int64_t>(size) / columns;  // each slice under its own scale
  }
  result.amax = input.doubles.empty() ? static_cast<double>(result.outcome.amax.value) : amax_of(input.doubles);
  return result;
}

}  // namespace octavo::experiments
