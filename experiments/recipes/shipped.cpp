// Looking through the folder of recipes.
#include "experiments/recipes/shipped.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "experiments/installed/installed.h"
#include "experiments/printed/json.h"
#include "experiments/printed/text_table.h"
#include "messages/error.h"
#include "messages/printable.h"
#include "messages/suggestion.h"
#include "messages/toml_entries.h"

namespace octavo::experiments {
namespace {

namespace fs = std::filesystem;

/// The comment lines that `toml` begins with, in one line.
std::string first_comment(std::string_view toml) {
  std::string text;
  while (toml.starts_with('#')) {
    const std::size_t end = std::min(toml.find('\n'), toml.size());
    std::string_view line = toml.substr(1, end - 1);
    while (line.starts_with(' ')) line.remove_prefix(1);
    text += (text.empty() ? "" : " ") + std::string(line);
    toml.remove_prefix(std::min(end + 1, toml.size()));
  }
  return text;
}

std::string first_sentence(const std::string& text) {
  const std::size_t end = text.find(". ");
  return end == text.npos ? text : text.substr(0, end + 1);
}

}  // namespace

std::vector<ShippedRecipe> shipped_recipes() {
  std::vector<ShippedRecipe> recipes;
  for (const fs::directory_entry& entry : fs::directory_iterator(installed_path("recipes", "recipes")))
    if (entry.path().extension() == ".toml")
      recipes.push_back({entry.path().stem().string(), entry.path().string(),
                         first_comment(messages::read_toml_text(entry.path(), "recipe"))});
  std::sort(recipes.begin(), recipes.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return recipes;
}

std::string recipe_path(const std::string& name) {
  std::error_code failed;
  const fs::path path(name);
  if (fs::exists(path, failed) || path.has_parent_path()) return name;
  std::vector<std::string_view> names;
  const std::vector<ShippedRecipe> recipes = shipped_recipes();
  for (const ShippedRecipe& recipe : recipes) {
    if (recipe.name == name || recipe.name + ".toml" == name) return recipe.path;
    names.push_back(recipe.name);
  }
  throw Error(fmt::format("recipe {}: no such file, and no shipped recipe; {}", messages::printable(name),
                          messages::suggestion(name, names)));
}

std::string recipes_text(const std::string& name) {
  if (!name.empty()) return messages::read_toml_text(recipe_path(name), "recipe");
  std::vector<std::vector<std::string>> rows;
  for (const ShippedRecipe& recipe : shipped_recipes()) rows.push_back({recipe.name, first_sentence(recipe.about)});
  return printed::text_table({{"recipe", true}, {"what it is", true, printed::Fit::wraps}}, rows) +
         "\noctavo recipes NAME prints one; --recipe NAME uses it, as it does any file.\n";
}

std::string recipes_json() {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ShippedRecipe& recipe : shipped_recipes())
    list.push_back({{"name", recipe.name}, {"path", recipe.path}, {"about", recipe.about}});
  return printed::dumped(list);
}

}  // namespace octavo::experiments
