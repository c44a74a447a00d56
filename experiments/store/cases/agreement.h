// Two recordings of one case, bit for bit.
#pragma once

#include <cstdint>

#include "experiments/store/cases/cases.h"

namespace octavo::experiments::store {

struct Agreement {
  std::int64_t results = 0;  ///< with amax
  std::int64_t mismatches = 0;
};

/// Throws Error, naming the case, if the two are no answers to one question: another operation, shape or operands.
Agreement agreement(const Case& one, const Case& other);

}  // namespace octavo::experiments::store
