// Families of conversions.
#pragma once

#include <vector>

#include "experiments/capture/families/plan.h"

namespace octavo::experiments::capture {

/// C1: inputs around every boundary between codes, all special ones, and random bits; all f16 and all codes.
std::vector<Plan> conversions(const Family& family, const Request& request);

/// C2: a digest for each 65,536 inputs with the same upper half; all of them unless fewer are asked for.
std::vector<Plan> every_conversion(const Family& family, const Request& request);

}  // namespace octavo::experiments::capture
