// Codes, scales and layout of a cast tensor as gemm reads them.
#include "sim/nn/linear/cast_operand.h"

#include <fmt/format.h>

#include <variant>

#include "messages/error.h"
#include "scaling/recipe/policy_text.h"

namespace octavo::sim::nn {

gemm::ScaleShape scale_shape(const std::optional<scaling::Cast>& rule) {
  if (!rule) return {};
  gemm::ScaleShape shape{.rows = rule->granularity.rows, .depth = rule->granularity.columns};
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
    operand.format = rule->format;
    for (const scaling::Scale& scale : codes->scales) inverses.push_back(scale.inverse);
    const scaling::BlockGrid grid(rule->granularity, shape.rows, shape.columns);
    operand.scales = {
        .shape = scale_shape(rule), .row_stride = grid.across(), .depth_stride = 1, .inverses = inverses.data()};
  }
  if (shape.transposed) {
    std::swap(operand.rows, operand.depth);
    std::swap(operand.row_stride, operand.depth_stride);
    std::swap(operand.scales.shape.rows, operand.scales.shape.depth);
    std::swap(operand.scales.row_stride, operand.scales.depth_stride);
  }
  return gemm::pack(engine, side, plan, operand);
}

gemm::ScaledOperand pack_gradient_operand(const gemm::Engine& engine, gemm::Side side, std::span<const float> values,
                                          const scaling::CastTensor* codes, const std::optional<scaling::Cast>& rule,
                                          const MatrixShape& shape) {
  const bool several = codes != nullptr && !rule->granularity.is_tensor();
  if (several && !engine.takes_values())
    throw Error(
        fmt::format("engine \"{}\" cannot compute gradients with a scale for each {}; train with one scale a "
                    "tensor, or with engine \"fp32\"",
                    engine.name(), scaling::to_text(rule->granularity)));
  return pack(engine, side, {several ? gemm::ScalePlacement::before : gemm::ScalePlacement::after, 0}, values, codes,
              rule, shape);
}

}  // namespace octavo::sim::nn
