// The bf16 engine: a product as BF16 matrix units compute it ideally.
#pragma once

#include <memory>

#include "sim/gemm/engine.h"

namespace octavo::sim::gemm {

/// Operands are rounded to bfloat16 (nearest even, overflow to infinity); their products are exact in binary32's fused
/// multiply-add, and sums are the fp32 engine's: one chain per output, k ascending, the same bits everywhere. D is
/// binary32; rounding it to bfloat16 is the recipe's baseline. The common 8-bit formats are a part of bfloat16, so on
/// their codes this is fp32 bit for bit; it differs where an operand is not cast. Takes values and codes.
std::unique_ptr<Engine> make_bf16();

}  // namespace octavo::sim::gemm
