// Questions to a sum of unknown order (FPRev): which terms have met before these two do?
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "experiments/store/cases/cases.h"

namespace octavo::experiments::capture {

/// +X at `plus`, -X at `minus`, the unit elsewhere along K.
struct TreeProbe {
  int plus = 0;
  int minus = 0;
  bool operator==(const TreeProbe&) const = default;
};

/// The probes as dots of E4M3 by E5M2: X = 2^23 = 2^8 2^15, the unit 2^-20 = 2^-6 2^-14. A sum of up to 2^14 units is
/// exact in 14 bits and stays below half of what an f32 (or an alignment to X that keeps 13 bits) loses beside X.
store::ProductCase tree_probe_case(std::span<const TreeProbe> probes, std::int64_t depth);

/// How many units each result counts: those that did not meet X. -1 for a result that is no such number.
std::vector<int> surviving_units(std::span<const std::uint32_t> results);

}  // namespace octavo::experiments::capture
