// Products of operands with one scale a tensor, a row, a column or a block, on any engine: where the scales meet the
// sums. Engines that multiply scales themselves (block-scaled tensor cores) are given them; around others stands what
// libraries do.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/gemm/engine.h"

namespace octavo::sim::gemm {

/// How the scales of a product's operands meet its sums.
enum class ScalePlacement : std::uint8_t {
  after,   ///< one scale an operand: codes are multiplied, the result is unscaled once
  before,  ///< smaller blocks on an engine of values: each value is scaled back first, in binary32
  chunks,  ///< smaller blocks on an engine of codes: a product for each chunk of K, total = fma(a_inverse * b_inverse,
           ///< product, total) in binary32, ascending from 0, as DeepGEMM does (BlockScaling::multiplied_first)
  within,  ///< by the engine (Engine::native_scales), then by the tensors' own scales: y * (a_tensor * b_tensor) in
           ///< binary32, as cuBLASLt's alpha under NVFP4
};

struct ProductPlan {
  ScalePlacement scales = ScalePlacement::after;
  std::int64_t chunk = 0;  ///< elements of K that share their scales, for chunks
  bool operator==(const ProductPlan&) const = default;
};

/// The plan for a product over `depth` of operands with such scales (values count as one scale a tensor). Throws Error
/// if the engine cannot follow them: an engine of codes wants blocks along K as wide as each other (or the whole of K),
/// a multiple of 16; one that multiplies scales itself wants those.
ProductPlan plan_product(const Engine& engine, const ScaleShape& a, const ScaleShape& b, std::int64_t depth);

/// An operand packed under a plan, with its scales. For side a it may read the values or codes that it was made from.
struct ScaledOperand {
  ProductPlan plan;
  std::unique_ptr<float[]> restored;           ///< values scaled back before, which `parts` may read
  std::vector<std::unique_ptr<Packed>> parts;  ///< one, or one a chunk
  std::vector<float> inverses;  ///< one (1 if scaled back, the tensor's own if within); for chunks [part][row]
};

/// Packs an operand of values or codes. Throws Error as the engine's pack does.
ScaledOperand pack(const Engine& engine, Side side, const ProductPlan& plan, const Operand& operand);

/// y[t, n] = the product with scales undone, a.rows x b.rows, overwritten; both packed under one plan, or each
/// under after or before. Unscaling once
/// multiplies by the product of both inverses: exactly, then rounded, where both are powers of two (their biases may
/// add up to more than binary32 can scale by); else by the product rounded to binary32, as the scale factors of
/// cuBLASLt do. Operands whose values were scaled back before count as scale 1.
void multiply_scaled(const Engine& engine, const ScaledOperand& a, const ScaledOperand& b, float* y);

}  // namespace octavo::sim::gemm
