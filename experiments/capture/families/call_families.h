// Families of cuBLASLt calls with scales, bias, C, narrow outputs and chosen algorithms.
#pragma once

#include <vector>

#include "experiments/capture/families/plan.h"

namespace octavo::experiments::capture {

/// L5: for each output type, alpha and scales whose orders of multiplication differ, then with bias, with C, with both,
/// with a scale of C, with zero sums under a negative alpha, with a NaN, and beyond the output's range.
std::vector<Plan> library_epilogue(const Family& family, const Request& request);

/// L6: a scale for each row, for each 1 x 128 block, and for each 128 x 128 block beside those. (Scales of 32 elements
/// in E8M0 are for sm_100, whose instruction is another.)
std::vector<Plan> library_scale_modes(const Family& family, const Request& request);

/// L7: one product by each of the algorithms that the library's heuristic proposes.
std::vector<Plan> library_algorithms(const Family& family, const Request& request);

}  // namespace octavo::experiments::capture
