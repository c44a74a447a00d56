// The fp32 engine: binary32 products with a defined order, fast on any x86-64.
#pragma once

#include <memory>

#include "sim/gemm/engine.h"

namespace octavo::sim::gemm {

/// Every output is one chain of fused multiply-adds in binary32, k ascending, from +0 or from D: the same bits for any
/// thread count, blocking and instruction set. A NaN result is the positive quiet NaN 0x7FC00000. Takes values and
/// codes. Packed operands belong to the instruction set in use when they were packed; both of a product must have the
/// same.
std::unique_ptr<Engine> make_fp32();

}  // namespace octavo::sim::gemm
