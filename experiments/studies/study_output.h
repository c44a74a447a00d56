// What a study prints, for people and for programs.
#pragma once

#include <string>

#include "experiments/store/runs/tables.h"

namespace octavo::experiments::studies {

/// What the program prints: the short tables, then a line a claim.
std::string study_text(const store::Tables& tables);

/// Every table as a list of objects; null for a number that is not finite.
std::string study_json(const store::Tables& tables);

}  // namespace octavo::experiments::studies
