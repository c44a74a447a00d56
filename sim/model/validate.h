// The limits that a model's numbers must keep, whichever file they come from.
#pragma once

#include <string>

#include "sim/model/config.h"

namespace octavo::sim::model {

/// Throws Error, naming `where` and the number, unless every size is positive and below a limit far above any published
/// model (so that products of sizes cannot overflow), heads divide as they must, and the constants are finite and
/// positive.
void validate(const Config& config, const std::string& where);

}  // namespace octavo::sim::model
