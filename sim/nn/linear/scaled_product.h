// Products of operands with one scale a tensor, a row, a column or a block: where the scales meet the sums.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "scaling/cast.h"
#include "sim/gemm/engine.h"

namespace octavo::sim::nn {

/// How the scales of a product's operands meet its sums.
enum class ScalePlacement : std::uint8_t {
  after,   ///< one scale an operand: codes are multiplied, the result is unscaled once
  before,  ///< smaller blocks on an engine of values: each value is scaled back first, in binary32
  chunks,  ///< smaller blocks on an engine of codes: a product for each chunk of K, total = fma(a_inverse * b_inverse,
           ///< product, total) in binary32, ascending from 0, as DeepGEMM does (gemm::BlockScaling::multiplied_first)
};

struct ProductPlan {
  ScalePlacement scales = ScalePlacement::after;
  std::int64_t chunk = 0;  ///< elements of K that share their scales, for chunks
  bool operator==(const ProductPlan&) const = default;
};

/// The plan for a product over `depth`. Throws Error if an engine of codes cannot follow the granularities: their
/// blocks along K must be as wide as each other (or the whole of K), a multiple of 16.
ProductPlan plan_product(const scaling::Granularity& a, const scaling::Granularity& b, const gemm::Engine& engine,
                         std::int64_t depth);

/// An operand packed under a plan, with its scales. For side a it may read the values or codes that it was made from.
struct ScaledOperand {
  ProductPlan plan;
  std::unique_ptr<float[]> restored;                 ///< values scaled back before, which `parts` may read
  std::vector<std::unique_ptr<gemm::Packed>> parts;  ///< one, or one a chunk
  std::vector<scaling::Scale> scales;
  scaling::Granularity granularity = scaling::kTensor;
};

/// A matrix [rows, columns] in memory, read as it lies (depth = columns) or transposed (depth = rows).
struct MatrixShape {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  bool transposed = false;
};

/// Packs a matrix given by its codes under `rule`, or by `values` where `codes` is null. Not transposed.
ScaledOperand pack(const gemm::Engine& engine, gemm::Side side, const ProductPlan& plan, std::span<const float> values,
                   const scaling::CastTensor* codes, const std::optional<scaling::Cast>& rule,
                   const MatrixShape& shape);

/// The same for a product of a backward pass, under the plan that the operand alone allows: codes where it has one
/// scale, else values. Throws Error if the engine takes codes only and it has several scales.
ScaledOperand pack_gradient_operand(const gemm::Engine& engine, gemm::Side side, std::span<const float> values,
                                    const scaling::CastTensor* codes, const std::optional<scaling::Cast>& rule,
                                    const MatrixShape& shape);

/// y[t, n] = the product with scales undone, rows x N, overwritten. Unscaling once multiplies by the product of both
/// inverses: exactly, then rounded, where both are powers of two (their biases may add up to more than binary32 can
/// scale by); else by the product rounded to binary32, as the scale factors of cuBLASLt do. Operands whose values were
/// scaled back before count as scale 1.
void multiply_scaled(const gemm::Engine& engine, const ScaledOperand& a, const ScaledOperand& b, float* y);

}  // namespace octavo::sim::nn
