// The fp64 engine: a plain reference whose products are exact and whose sums are kept in binary64.
#pragma once

#include <memory>

#include "sim/gemm/engine.h"

namespace octavo::sim::gemm {

/// Every output is one chain of binary64 sums, k ascending, from +0 or from D, rounded once to binary32 (nearest even).
/// The product of two floats is exact in binary64. A NaN result is the positive quiet NaN 0x7FC00000. Takes values and
/// codes. Made for comparison, not for speed.
std::unique_ptr<Engine> make_fp64();

}  // namespace octavo::sim::gemm
