// What tells one result from another: a digest of all that decides it.
#pragma once

#include <string>
#include <vector>

#include "experiments/store/runs/header.h"

namespace octavo::experiments::store {

/// Of this program (version and commit), of the schema, and of `decisive` in its order: equal for equal results alone.
std::string fingerprint(std::vector<std::string> decisive);

/// Of a run: of what its header says of model, text, recipe, engine and seed, and of `decisive`, which is everything
/// else (the command line, where flags decide).
std::string fingerprint(const Header& header, std::vector<std::string> decisive);

}  // namespace octavo::experiments::store
