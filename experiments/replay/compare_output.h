// The outcome of a comparison as text for people and as JSON for programs.
#pragma once

#include <string>
#include <vector>

#include "experiments/replay/compare.h"

namespace octavo::experiments::replay {

/// A line for the case, then its first differences: operands, both results in hexadecimal, and the exponents that
/// decided. `explain`: what kind of difference each is, every instruction of the chain, every term with what the
/// alignment kept of it.
std::string comparison_text(const CaseComparison& comparison, bool explain);

/// "compared N results: M mismatches".
std::string total_text(const std::vector<CaseComparison>& comparisons);

std::string comparison_json(const std::vector<CaseComparison>& comparisons);

}  // namespace octavo::experiments::replay
