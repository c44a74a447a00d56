// Casts by the names of their formats and scalings, as flags give them.
#pragma once

#include <string>
#include <vector>

#include "scaling/cast.h"

namespace octavo::experiments {

/// A cast with the names that results carry.
struct NamedCast {
  std::string format;
  std::string scaling;
  scaling::Cast cast;
};

/// Each format under each scaling; a block format brings its own. Throws Error for a name that is not known, a format
/// that casts do not take, and where either is missing.
std::vector<NamedCast> casts_of(const std::vector<std::string>& formats, const std::vector<std::string>& scalings);

}  // namespace octavo::experiments
