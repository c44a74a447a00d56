// The recipes that come with Octavo, by name.
#pragma once

#include <string>
#include <vector>

namespace octavo::experiments {

struct ShippedRecipe {
  std::string name;   ///< ocp-amax
  std::string path;   ///< of its .toml
  std::string about;  ///< the comment at its beginning, in one line
};

/// In the order of their names. Throws Error if they are not installed.
std::vector<ShippedRecipe> shipped_recipes();

/// What --recipe names: a file, or else a shipped recipe, with or without .toml. Throws Error, with names near to it,
/// if it is neither.
std::string recipe_path(const std::string& name);

/// One recipe a line; or the text of the one called `name`. JSON has name, path and about.
std::string recipes_text(const std::string& name);
std::string recipes_json();

}  // namespace octavo::experiments
