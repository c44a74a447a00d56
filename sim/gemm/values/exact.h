// The exact engine: what every other engine is an approximation of.
#pragma once

#include <memory>

#include "sim/gemm/engine.h"

namespace octavo::sim::gemm {

/// Every output is the sum of all its products (and of D's old content) without any rounding, rounded once to binary32
/// (nearest even): the same bits for any order. A sum of zero is +0 (one that only rounds to zero keeps its sign); a
/// NaN result is the positive quiet NaN 0x7FC00000. Takes values and codes, K up to 2^30 - 1. Quick where the operands'
/// exponents lie so close that binary64 sums are exact, as for most E4M3 tensors; made for comparison otherwise.
std::unique_ptr<Engine> make_exact();

}  // namespace octavo::sim::gemm
