// Families of single dot products by one instruction.
#pragma once

#include <vector>

#include "experiments/capture/families/plan.h"
#include "experiments/capture/families/rows/dot_rows.h"

namespace octavo::experiments::capture {

/// One case of wgmma for each pair of types and each type of sum for which the probe has rows.
std::vector<Plan> directed_rows(const Family& family, const Request& request, std::vector<DotRow> (*rows)(const Types&),
                                const Form& form = {});

/// W9: scale-d = 0 while the accumulator holds NaN: the result is that of c = 0.
std::vector<Plan> ignored_addend(const Family& family, const Request& request);

/// W11: the same products in other orders along K, in other columns, from registers, and under the instruction's own
/// negation; neighbours have nothing in common.
std::vector<Plan> every_form(const Family& family, const Request& request);

/// W13: six distributions through wgmma.
std::vector<Plan> random_wgmma(const Family& family, const Request& request);

/// M: the same through mma.sync of the target, K = 32 and 16.
std::vector<Plan> random_mma(const Family& family, const Request& request);

/// K6: the rows of W1, W3, W8, W10 and W13 as the selected terms of sparse products.
std::vector<Plan> sparse_wgmma(const Family& family, const Request& request);

}  // namespace octavo::experiments::capture
