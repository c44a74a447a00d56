// The fp16-accumulate engine: FP8 products summed in FP16.
#pragma once

#include <memory>

#include "sim/gemm/engine.h"

namespace octavo::sim::gemm {

/// Every output is one chain, k ascending, from +0 or from D rounded to FP16: the exact product of two codes is added
/// and the running sum rounded once to FP16 (nearest even, overflow to infinity) after every addition; D is the last
/// sum. The same bits for any thread count and instruction set. A NaN result is the positive quiet NaN 0x7FC00000.
/// Takes codes only. Accumulation in FP16 is that of arXiv 2309.17224 (Perez et al.); the order and the one rounding
/// per step are this project's definition, since the paper leaves them open.
std::unique_ptr<Engine> make_fp16_accumulate();

/// The step that defines the engine: the FP16 value nearest to sum + product. `sum` is an FP16 value; `product`, of two
/// values of at most 8 bits, is exact, and so is the binary64 sum as far as the rounding can tell (53 > 2 * 14 + 2
/// significant bits).
float fp16_add(float sum, double product);

}  // namespace octavo::sim::gemm
