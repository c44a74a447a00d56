// Packing and multiplying scaled operands.
#include "sim/nn/linear/scaled_product.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "machine/share.h"
#include "messages/error.h"
#include "scaling/recipe/policy_text.h"
#include "sim/gemm/tensor_core/promote.h"

namespace octavo::sim::nn {
namespace {

constexpr std::int64_t kChunkUnit = 16;  // the k of the shortest instructions

/// The scales of `operand`'s rows for the chunk of K that begins at `column`, already inverted.
std::vector<float> inverses(const ScaledOperand& operand, std::int64_t rows, std::int64_t depth, std::int64_t column) {
  const scaling::BlockGrid grid(operand.granularity, rows, depth);
  std::vector<float> result(static_cast<std::size_t>(rows));
  for (std::int64_t row = 0; row < rows; ++row)
    result[static_cast<std::size_t>(row)] = operand.scales[static_cast<std::size_t>(grid.of(row, column))].inverse;
  return result;
}

gemm::Operand layout(const MatrixShape& shape) {
  if (shape.transposed)
    return {.rows = shape.columns, .depth = shape.rows, .row_stride = 1, .depth_stride = shape.columns};
  return {.rows = shape.rows, .depth = shape.columns, .row_stride = shape.columns, .depth_stride = 1};
}

void unscale(float* y, std::int64_t count, const scaling::Scale& a, const scaling::Scale& b) {
  double factor = static_cast<double>(a.inverse) * static_cast<double>(b.inverse);
  if (!a.is_power_of_two() || !b.is_power_of_two()) factor = static_cast<double>(static_cast<float>(factor));
  if (factor == 1.0) return;
  machine::share(count, 0.4, [&](std::int64_t i) { y[i] = static_cast<float>(static_cast<double>(y[i]) * factor); });
}

void multiply_chunks(const gemm::Engine& engine, const ScaledOperand& a, const ScaledOperand& b, float* y) {
  const std::int64_t rows = a.parts.front()->rows;
  const std::int64_t width = b.parts.front()->rows;
  std::int64_t depth = 0;
  for (const auto& part : a.parts) depth += part->depth;
  const auto product = std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(rows * width));
  std::fill_n(y, rows * width, 0.0F);
  for (std::size_t part = 0; part < a.parts.size(); ++part) {
    engine.multiply(*a.parts[part], *b.parts[part], product.get(), width);
    const std::int64_t column = static_cast<std::int64_t>(part) * a.plan.chunk;
    const std::vector<float> a_inverses = inverses(a, rows, depth, column);
    const std::vector<float> b_inverses = inverses(b, width, depth, column);
    machine::share(rows, static_cast<double>(width), [&](std::int64_t t) {
      for (std::int64_t n = 0; n < width; ++n) {
        const float factor = a_inverses[static_cast<std::size_t>(t)] * b_inverses[static_cast<std::size_t>(n)];
        y[t * width + n] =
            gemm::canonical(std::fma(factor, product[static_cast<std::size_t>(t * width + n)], y[t * width + n]));
      }
    });
  }
}

}  // namespace

ProductPlan plan_product(const scaling::Granularity& a, const scaling::Granularity& b, const gemm::Engine& engine,
                         std::int64_t depth) {
  if (a.is_tensor() && b.is_tensor()) return {};
  if (engine.takes_values()) return {ScalePlacement::before, 0};
  const auto width = [&](const scaling::Granularity& granularity) {
    return granularity.columns == 0 ? depth : std::min(granularity.columns, depth);
  };
  const std::int64_t chunk = std::min(width(a), width(b));
  if (width(a) != width(b) && std::max(width(a), width(b)) != depth)
    throw Error(
        fmt::format("engine \"{}\" needs scales of both operands every so many elements of K alike, not every "
                    "{} and every {}; give equal granularities along K, or engine \"fp32\"",
                    engine.name(), width(a), width(b)));
  if (chunk != depth && chunk % kChunkUnit != 0)
    throw Error(
        fmt::format("engine \"{}\" cannot apply a scale every {} elements of K; give a granularity of a "
                    "multiple of {} columns, or engine \"fp32\"",
                    engine.name(), chunk, kChunkUnit));
  return {ScalePlacement::chunks, chunk};
}

ScaledOperand pack(const gemm::Engine& engine, gemm::Side side, const ProductPlan& plan, std::span<const float> values,
                   const scaling::CastTensor* codes, const std::optional<scaling::Cast>& rule,
                   const MatrixShape& shape) {
  ScaledOperand result;
  result.plan = plan;
  gemm::Operand operand = layout(shape);
  if (codes == nullptr || plan.scales == ScalePlacement::before) {
    operand.values = values.data();
    if (codes != nullptr) {
      const auto size = static_cast<std::size_t>(shape.rows * shape.columns);
      result.restored = std::make_unique_for_overwrite<float[]>(size);
      scaling::dequantize(*codes, *rule, shape.columns, {result.restored.get(), size});
      operand.values = result.restored.get();
    }
    result.scales.assign(1, scaling::Scale{});
    result.parts.push_back(engine.pack(side, operand));
    if (side == gemm::Side::b) result.restored.reset();
    return result;
  }
  result.scales = codes->scales;
  result.granularity = rule->granularity;
  operand.format = rule->format;
  const std::int64_t depth = operand.depth;
  const std::int64_t chunk = plan.scales == ScalePlacement::chunks ? plan.chunk : depth;
  for (std::int64_t first = 0; first < depth; first += chunk) {
    operand.codes = codes->codes.get() + first * operand.depth_stride;
    operand.depth = std::min(chunk, depth - first);
    result.parts.push_back(engine.pack(side, operand));
  }
  return result;
}

ScaledOperand pack_gradient_operand(const gemm::Engine& engine, gemm::Side side, std::span<const float> values,
                                    const scaling::CastTensor* codes, const std::optional<scaling::Cast>& rule,
                                    const MatrixShape& shape) {
  const bool several = codes != nullptr && !rule->granularity.is_tensor();
  if (several && !engine.takes_values())
    throw Error(
        fmt::format("engine \"{}\" cannot compute gradients with a scale for each {}; train with one scale a "
                    "tensor, or with engine \"fp32\"",
                    engine.name(), scaling::to_text(rule->granularity)));
  return pack(engine, side, {several ? ScalePlacement::before : ScalePlacement::after, 0}, values, codes, rule, shape);
}

void multiply_scaled(const gemm::Engine& engine, const ScaledOperand& a, const ScaledOperand& b, float* y) {
  if (a.plan.scales == ScalePlacement::chunks) return multiply_chunks(engine, a, b, y);
  const std::int64_t width = b.parts.front()->rows;
  engine.multiply(*a.parts.front(), *b.parts.front(), y, width);
  unscale(y, a.parts.front()->rows * width, a.scales.front(), b.scales.front());
}

}  // namespace octavo::sim::nn
