// Codes, scales and layout of a cast tensor as gemm reads them.
#include "sim/nn/linear/cast_operand.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "machine/share.h"

namespace octavo::sim::nn {

bool must_turn(const std::optional<scaling::Cast>& rule) {
  return rule && rule->granularity.rows != rule->granularity.columns;
}

gemm::ScaleShape scale_shape(const std::optional<scaling::Cast>& rule, bool transposed) {
  if (!rule) return {};
  gemm::ScaleShape shape{.rows = rule->granularity.rows, .depth = rule->granularity.columns};
  if (transposed) std::swap(shape.rows, shape.depth);
  if (std::holds_alternative<scaling::Mx>(rule->scaling)) shape.format = formats::e8m0;
  if (std::holds_alternative<scaling::Nvfp4>(rule->scaling)) shape.format = formats::e4m3;
  return shape;
}

gemm::ScaledOperand pack(const gemm::Engine& engine, gemm::Side side, const gemm::ProductPlan& plan,
                         std::span<const float> values, const scaling::CastTensor* codes,
                         const std::optional<scaling::Cast>& rule, const MatrixShape& shape) {
  gemm::Operand operand{.rows = shape.rows, .depth = shape.columns, .row_stride = shape.columns, .depth_stride = 1};
  std::vector<float> inverses;
  if (codes == nullptr) {
    operand.values = values.data();
  } else {
    operand.codes = codes->codes.get();
    operand.nibbles = codes->nibbles;
    operand.format = rule->format;
    for (const scaling::Scale& scale : codes->scales) inverses.push_back(scale.inverse);
    const scaling::BlockGrid grid(rule->granularity, shape.rows, shape.columns);
    operand.scales = {
        .shape = scale_shape(rule), .row_stride = grid.across(), .depth_stride = 1, .inverses = inverses.data()};
    if (!codes->scale_codes.empty()) {
      operand.scales.codes = codes->scale_codes.data();
      operand.scales.tensor = codes->tensor_inverse;
    }
  }
  if (shape.transposed) {
    std::swap(operand.rows, operand.depth);
    std::swap(operand.row_stride, operand.depth_stride);
    std::swap(operand.scales.shape.rows, operand.scales.shape.depth);
    std::swap(operand.scales.row_stride, operand.scales.depth_stride);
  }
  return gemm::pack(engine, side, plan, operand);
}

std::vector<float> turned(std::span<const float> values, std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t kTile = 32;  // 32 x 32 floats of both matrices stay in the first cache
  std::vector<float> result(values.size());
  const float* from = values.data();
  float* to = result.data();
  machine::share((columns + kTile - 1) / kTile, 0.5 * static_cast<double>(kTile * rows), [&](std::int64_t tile) {
    const std::int64_t last = std::min(columns, (tile + 1) * kTile);
    for (std::int64_t first_row = 0; first_row < rows; first_row += kTile)
      for (std::int64_t column = tile * kTile; column < last; ++column)
        for (std::int64_t row = first_row; row < std::min(rows, first_row + kTile); ++row)
          to[column * rows + row] = from[row * columns + column];
  });
  return result;
}

}  // namespace octavo::sim::nn
