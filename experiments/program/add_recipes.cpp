// octavo recipes: flags and work.
#include <CLI/CLI.hpp>
#include <memory>

#include "experiments/program/subcommand.h"
#include "experiments/recipes/recipe_document.h"
#include "experiments/recipes/shipped.h"

namespace octavo::experiments::program {
namespace {

struct Flags {
  std::string name;
  bool document = false;
  bool json = false;
};

Outcome run(const Flags& flags) {
  if (flags.document) return {recipe_document()};
  if (flags.json && flags.name.empty()) return {recipes_json()};
  return {recipes_text(flags.name)};
}

}  // namespace

Subcommand add_recipes(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("recipes", "The recipes that come with Octavo; or the text of one");
  command->footer("Example: octavo recipes ocp-amax > mine.toml");
  command->add_option("NAME", flags->name, "a shipped recipe, or a file (default: a list)");
  command->add_flag("--document", flags->document, "every key, scaling, range and default: docs/recipes.md");
  command->add_flag("--json", flags->json, "print the list as JSON");
  return {command, [flags](const std::string&) { return run(*flags); }};
}

}  // namespace octavo::experiments::program
