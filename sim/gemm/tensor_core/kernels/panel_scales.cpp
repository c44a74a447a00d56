// Moving sums from step to step, and finding those that must not move.
#include "sim/gemm/tensor_core/kernels/panel_scales.h"

#include <algorithm>
#include <bit>

namespace octavo::sim::gemm {

PanelScales::PanelScales(const BlockedProduct& product, std::int64_t panel, std::int64_t first, std::int64_t last)
    : product_(product),
      panel_(panel),
      first_(first),
      last_(last),
      rows_(static_cast<std::size_t>((last - first + kStepRows - 1) / kStepRows * kStepRows)),
      columns_(kStepColumns),
      bad_(rows_.size()),
      known_(rows_.size()) {}

void PanelScales::move(float* sums, std::int64_t step, std::vector<Lost>& lost) {
  const int bias = formats::e8m0.bias;
  std::vector<std::int32_t> rows(rows_.size());
  std::vector<std::int32_t> columns(kStepColumns);
  if (step >= 0) {
    const PackedSteps& a = product_.a;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::int64_t m = std::min(first_ + static_cast<std::int64_t>(i), last_ - 1);
      rows[i] = a.scales.codes[static_cast<std::size_t>(m * a.steps() + step)] - bias;
    }
    const std::uint8_t* panel = product_.b.scales.codes.data() + (panel_ * a.steps() + step) * kStepColumns;
    for (std::size_t j = 0; j < kStepColumns; ++j) columns[j] = panel[j] - bias;
  }
  product_.kernel.rescale(sums, static_cast<std::int64_t>(rows.size()), {rows_.data(), columns_.data()},
                          {rows.data(), columns.data()}, bad_.data());
  // No product may align below a zero.
  const int least = product_.row.zero_exponent - product_.a.format.min_exponent() - product_.b.format.min_exponent();
  const std::int32_t smallest = *std::min_element(columns.begin(), columns.end());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (bad_[i] == 0 && rows[i] + smallest >= least) continue;
    float* row = sums + static_cast<std::int64_t>(i) * kStepColumns;
    for (std::size_t j = 0; j < kStepColumns; ++j) {
      if (std::bit_cast<std::uint32_t>(row[j]) != kLostSum && rows[i] + columns[j] >= least) continue;
      row[j] = 0;
      const std::int64_t m = first_ + static_cast<std::int64_t>(i);
      const std::int64_t n = panel_ * kStepColumns + static_cast<std::int64_t>(j);
      const std::uint64_t bit = std::uint64_t{1} << j;
      if (m < last_ && n < product_.b.rows && (known_[i] & bit) == 0) lost.push_back({m, n});
      known_[i] |= bit;
    }
  }
  rows_.swap(rows);
  columns_.swap(columns);
}

}  // namespace octavo::sim::gemm
