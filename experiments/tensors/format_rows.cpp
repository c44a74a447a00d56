// Casts and their statistics as rows.
#include "experiments/tensors/format_rows.h"

#include <algorithm>

#include "experiments/evaluation/recorder.h"

namespace octavo::experiments {

namespace {

/// The statistics of the elements of `x` that are not at `left_out` (ascending).
formats::CastStatistics without(const std::vector<std::uint32_t>& left_out, const scaling::CastTensor& tensor,
                                const scaling::Cast& cast, std::span<const float> x) {
  std::vector<float> values(x.size());
  scaling::dequantize(tensor, cast, static_cast<std::int64_t>(x.size()), values);
  formats::CastStatistics result;
  auto next = left_out.begin();
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (next != left_out.end() && *next == i) {
      ++next;
      continue;
    }
    const auto signal = static_cast<double>(x[i]);
    const double error = signal - static_cast<double>(values[i]);
    result.signal_energy += signal * signal;
    result.error_energy += error * error;
  }
  return result;
}

}  // namespace

store::FormatRow row_of(const std::string& source, const NamedCast& named, const formats::CastStatistics& statistics) {
  store::FormatRow row;
  row.source = source;
  row.format = named.format;
  row.scaling = named.scaling;
  row.snr_db = row.others_snr_db = snr_db(statistics);
  row.elements = statistics.count;
  const auto count = static_cast<double>(std::max<std::uint64_t>(statistics.count, 1));
  row.underflow_fraction = static_cast<double>(statistics.underflow) / count;
  row.overflow_fraction = static_cast<double>(statistics.overflow) / count;
  return row;
}

void FormatRows::curves(const std::string& source, std::span<const float> x) {
  for (NamedCast named : casts_.curves)
    for (int scale = first_; scale <= last_; ++scale) {
      named.cast.scaling = scaling::Cscale{scale};
      add(source, named, x, {});
    }
}

void FormatRows::policies(const RandomTensor& tensor) {
  for (const NamedCast& named : casts_.policies) add(tensor.name, named, tensor.values, tensor.outliers);
}

void FormatRows::add(const std::string& source, const NamedCast& named, std::span<const float> x,
                     const std::vector<std::uint32_t>& outliers) {
  const scaling::CastTensor result = scaling::cast(x, static_cast<std::int64_t>(x.size()), named.cast, true);
  store::FormatRow row = row_of(source, named, result.outcome->statistics);
  row.bias = mode(result.outcome->biases);
  if (!outliers.empty()) row.others_snr_db = snr_db(without(outliers, result, named.cast, x));
  rows_.push_back(row);
}

}  // namespace octavo::experiments
