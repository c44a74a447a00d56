// The forms of wgmma that are compiled, all to give the same bits.
#pragma once

#include <vector>

#include "experiments/capture/families/plan.h"
#include "experiments/capture/families/rows/dot_rows.h"

namespace octavo::experiments::capture {

/// Every N, A in shared memory or in registers, and each operand negated.
std::vector<Form> wgmma_forms();

/// False of the widest forms of mixed types, which are not compiled.
bool has_form(const Types& types, const Form& form);

}  // namespace octavo::experiments::capture
