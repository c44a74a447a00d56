// The one function that rounds values outside the 8-bit casts to the recipe's baseline type.
#pragma once

#include <cstdint>

#include "scaling/recipe/recipe.h"

namespace octavo::sim::nn {

/// Rounds x[0..n) to the baseline type, nearest even, overflow to infinity; nothing for fp32.
void round_to(scaling::Baseline baseline, float* x, std::int64_t n);

/// Double is for gradient checks, which know no baseline.
inline void round_to(scaling::Baseline, double*, std::int64_t) {}

}  // namespace octavo::sim::nn
