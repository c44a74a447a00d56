// A cast tensor as an operand of a product.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "scaling/cast.h"
#include "sim/gemm/scaled/scaled_product.h"

namespace octavo::sim::nn {

/// A matrix [rows, columns] in memory, read as it lies (depth = columns) or transposed (depth = rows).
struct MatrixShape {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  bool transposed = false;
};

/// The scales of a matrix cast under `rule`, read as it lies; of one that is not cast, without a rule.
gemm::ScaleShape scale_shape(const std::optional<scaling::Cast>& rule);

/// Packs a matrix given by its codes under `rule`, or by `values` where `codes` is null.
gemm::ScaledOperand pack(const gemm::Engine& engine, gemm::Side side, const gemm::ProductPlan& plan,
                         std::span<const float> values, const scaling::CastTensor* codes,
                         const std::optional<scaling::Cast>& rule, const MatrixShape& shape);

/// The same for a product of a backward pass, under the plan that the operand alone allows: codes where it has one
/// scale, else values. Throws Error if the engine takes codes only and it has several scales.
gemm::ScaledOperand pack_gradient_operand(const gemm::Engine& engine, gemm::Side side, std::span<const float> values,
                                          const scaling::CastTensor* codes, const std::optional<scaling::Cast>& rule,
                                          const MatrixShape& shape);

}  // namespace octavo::sim::nn
