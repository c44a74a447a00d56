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

/// True if a product that sums over a tensor's rows needs another cast of it than one that sums over its columns:
/// scales cover blocks along the summed dimension, and those of one scale a tensor or square blocks lie so both ways.
bool must_turn(const std::optional<scaling::Cast>& rule);

/// The scales of a matrix cast under `rule`, read as it lies or transposed; of one that is not cast, without a rule.
gemm::ScaleShape scale_shape(const std::optional<scaling::Cast>& rule, bool transposed = false);

/// Packs a matrix given by its codes under `rule`, or by `values` where `codes` is null.
gemm::ScaledOperand pack(const gemm::Engine& engine, gemm::Side side, const gemm::ProductPlan& plan,
                         std::span<const float> values, const scaling::CastTensor* codes,
                         const std::optional<scaling::Cast>& rule, const MatrixShape& shape);

/// [columns, rows] from values [rows, columns].
std::vector<float> turned(std::span<const float> values, std::int64_t rows, std::int64_t columns);

}  // namespace octavo::sim::nn
