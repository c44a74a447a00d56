// Dot products as the selected terms of sparse ones.
#pragma once

#include "experiments/capture/families/rows/dot_rows.h"

namespace octavo::experiments::capture {

/// The rows spread over twice their K: random selections, and in b random codes of every kind (NaN too) where a is not
/// selected, which must not be read.
store::ProductCase spread(const Types& types, const std::vector<DotRow>& rows, Random& random);

}  // namespace octavo::experiments::capture
