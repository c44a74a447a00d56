// What a sweep's tables say in words.
#pragma once

#include <string>

#include "experiments/evaluation/sweep/sweep_tables.h"

namespace octavo::experiments {

/// The interval of a row: "-3 to 7 (11 biases)", its ends "at least" where the sweep ends there, or "none",
/// and what is undecided.
std::string interval_text(const store::IntervalRow& row);

/// The last lines of a sweep: the rule, what AMAX and the recipe cost, where a constant bias holds and where it is as
/// good as AMAX, and what to conclude. Ends in a newline.
std::string conclusion_text(const SweepResult& result);

}  // namespace octavo::experiments
