// Sparse operands: of every four elements along K of a, two are stored and multiplied.
#pragma once

#include "experiments/capture/families/dot_rows.h"
#include "experiments/store/cases/cases.h"

namespace octavo::experiments::capture {

/// The case with the selected elements alone, of half the K. Throws Error if the case has no selection, if an entry is
/// none of the six that there are, or if a is not zero where it is not selected.
store::ProductCase selected_terms(const store::ProductCase& data);

/// The rows spread over twice their K: random selections, and in b random codes of every kind (NaN too) where a is not
/// selected, which must not be read.
store::ProductCase spread(const Types& types, const std::vector<DotRow>& rows, Random& random);

}  // namespace octavo::experiments::capture
