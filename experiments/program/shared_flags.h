// Flags that several subcommands share, and what they mean.
#pragma once

#include <filesystem>
#include <string>

#include "experiments/evaluation/subject.h"
#include "experiments/store/replacement.h"
#include "scaling/recipe/recipe.h"

namespace CLI {
class App;
}

namespace octavo::experiments::program {

/// Numbers of tokens, windows and the like: 1 to this.
inline constexpr int kLargestCount = 1'000'000'000;

/// --threads (which takes effect as soon as it is read), --json and --quiet.
struct OutputFlags {
  bool json = false;
  bool quiet = false;
};
void add_output(CLI::App& command, OutputFlags& flags);

/// --out, --force and, where work can be resumed, --resume.
struct FileFlags {
  std::filesystem::path out;
  bool resume = false;
  bool force = false;

  /// Throws Error if both are given.
  store::Existing existing() const;
};
void add_force(CLI::App& command, FileFlags& flags);

/// --model, --text, ... `box`: whether what comes with Octavo stands in for --model and --text.
void add_subject(CLI::App& command, SubjectFlags& subject, bool box);

/// --recipe: a file, or the name of a shipped recipe, which becomes its file. `otherwise`: what holds without it.
void add_recipe(CLI::App& command, std::filesystem::path& recipe, const std::string& otherwise);

struct EvaluationFlags {
  SubjectFlags subject;
  std::filesystem::path recipe;
};
/// add_subject and --recipe. `recipe_otherwise`: what holds without a recipe.
void add_evaluation(CLI::App& command, EvaluationFlags& flags, bool box, const std::string& recipe_otherwise);

/// Opens what the flags name and completes the header for `experiment` under `recipe`, which is called `recipe_name`.
Subject open_subject_under(const SubjectFlags& flags, const scaling::Recipe& recipe, const std::string& recipe_name,
                           const std::string& experiment, const std::string& command);

/// What an evaluation is about to do, in a line: model, text, recipe, engine, how many `passes` over the text (called
/// `what`), and the multiply-adds of linear layers and head.
std::string work_text(const Subject& subject, const scaling::Recipe& recipe, std::int64_t passes,
                      const std::string& what);

}  // namespace octavo::experiments::program
