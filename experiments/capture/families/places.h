// Products whose results name their own places: a wrong map shows as another place's name, a wrong model does not.
#pragma once

#include <vector>

#include "experiments/capture/families/plan.h"
#include "experiments/capture/families/rows/dot_rows.h"

namespace octavo::experiments::capture {

/// A rows x columns product (at most 64 x 256) of `depth` elements of K, no two of whose results are equal. Every
/// result has 11 significant bits and is exact in f32, f16 and E8M13, in any order, whatever a zero product's exponent;
/// where the five terms lie along K is drawn.
store::ProductCase place_names(const Types& types, int rows, int columns, int depth, Random& random);

/// P1: one instruction's whole D, for every form of wgmma, and for mma.sync of the target with K = 32 and 16.
std::vector<Plan> named_places(const Family& family, const Request& request);

}  // namespace octavo::experiments::capture
