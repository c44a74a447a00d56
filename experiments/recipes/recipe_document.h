// docs/recipes.md, written from the lists that the reader of recipes uses.
#pragma once

#include <string>

namespace octavo::experiments {

/// The whole document. A test holds docs/recipes.md against it; octavo recipes --document prints it.
std::string recipe_document();

}  // namespace octavo::experiments
