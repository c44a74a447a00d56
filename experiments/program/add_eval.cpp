// octavo eval: flags and work.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "experiments/evaluation/eval/compare_recipes.h"
#include "experiments/evaluation/eval/eval_output.h"
#include "experiments/program/shared_flags.h"
#include "experiments/program/subcommand.h"
#include "experiments/program/terminal.h"
#include "experiments/recipes/shipped.h"
#include "experiments/store/runs/fingerprint.h"
#include "experiments/store/runs/run_file.h"
#include "messages/error.h"

namespace octavo::experiments::program {
namespace {

struct Flags {
  SubjectFlags subject;
  std::vector<std::filesystem::path> recipes;
  std::string criterion = "loss";
  FileFlags file;
  OutputFlags output;
};

/// Those of --recipe, called by their base names. Throws Error for a name that comes twice.
std::vector<NamedRecipe> read_recipes(const std::vector<std::filesystem::path>& paths) {
  std::vector<NamedRecipe> recipes;
  for (const std::filesystem::path& path : paths) {
    const std::string name = path.filename().string();
    if (std::ranges::find(recipes, name, &NamedRecipe::name) != recipes.end())
      throw Error(fmt::format("--recipe: {} comes twice; a table could not tell one from the other", name));
    recipes.push_back({name, scaling::read_recipe(path)});
  }
  return recipes;
}

/// What the header says of several recipes: their names, each one's TOML and engines after its name.
void describe(const std::vector<NamedRecipe>& recipes, const std::vector<EngineUsage>& engines,
              const std::string& command, store::Header& header) {
  header.recipe_name = header.recipe = header.engine = "";
  for (std::size_t i = 0; i < recipes.size(); ++i) {
    const std::string& name = recipes[i].name;
    header.recipe_name += (i > 0 ? ", " : "") + name;
    header.recipe += fmt::format("# {}\n{}\n", name, scaling::to_toml(recipes[i].recipe));
    header.engine += fmt::format("{}{}: {}", i > 0 ? " | " : "", name, engine_text(engines[i]));
  }
  header.fingerprint = store::fingerprint(header, {command});
}

Outcome run(const Flags& flags, const std::string& command) {
  const std::filesystem::path& out = flags.file.out;
  if (!out.empty()) store::check_destination(out, flags.file.existing());
  const std::vector<NamedRecipe> recipes = read_recipes(flags.recipes);
  const NamedRecipe first =
      recipes.empty() ? NamedRecipe{"none (fp32)", scaling::uncast(scaling::Baseline::fp32)} : recipes.front();
  Subject subject = open_subject_under(flags.subject, first.recipe, first.name, "eval", command);
  std::vector<EngineUsage> engines;
  for (const NamedRecipe& named : recipes) engines.push_back(engine_usage(*subject.weights, named.recipe, named.name));
  if (recipes.empty()) engines.push_back(engine_usage(*subject.weights, first.recipe, first.name));
  if (recipes.size() > 1) describe(recipes, engines, command, subject.header);
  const TensorAxis axis(subject.weights->config);
  EvalFlags what;
  what.criterion = store::from_word<Criterion>(flags.criterion, "--criterion");
  what.every_tensor = !out.empty();
  ProgressLine line(flags.output.quiet);
  line.announce(work_text(subject, first.recipe, static_cast<std::int64_t>(std::max<std::size_t>(1, recipes.size())),
                          recipes.size() > 1 ? "recipes" : "pass"));
  const EvalResult result = compare_recipes(subject, recipes, axis, what,
                                            [&](double share, const std::string& doing) { line(share, doing); });
  if (!out.empty()) {
    store::Tables tables(result.rows);
    for (const EngineUsage& usage : engines) add_to(tables, usage);
    store::write_file(out, flags.file.existing(), subject.header, axis.names(), result.runs, tables);
  }
  return {flags.output.json ? eval_json(result, engines, subject.header) : eval_text(result, subject.header)};
}

}  // namespace

Subcommand add_eval(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command =
      app.add_subcommand("eval", "Loss, perplexity and next-token accuracy, and what recipes change of them");
  command->footer(
      "Under a recipe the model is also run without casts, to compare with.\n"
      "Example: octavo eval --model stories260K.bin --text stories.json --recipe ocp-amax\n"
      "Example: octavo eval --recipe ocp-amax,mxfp8,deepseek-v3 --out recipes.h5");
  add_subject(*command, flags->subject, true);
  command
      ->add_option("--recipe", flags->recipes,
                   "recipes, one or several: A,B,C; each a .toml file, or one that octavo recipes lists (default: no "
                   "casts, fp32)")
      ->delimiter(',')
      ->transform([](const std::string& name) { return recipe_path(name); });
  command
      ->add_option("--criterion", flags->criterion,
                   "what the verdict is by: loss, or accuracy as in arXiv 2309.17224 (default: loss)")
      ->check(CLI::IsMember(store::words<Criterion>()));
  command->add_option("--out", flags->file.out,
                      "run file (.h5): every tensor's scale distribution, magnitudes alone of what is not cast");
  add_force(*command, flags->file);
  add_output(*command, flags->output);
  return {command, [flags](const std::string& line) { return run(*flags, line); }};
}

}  // namespace octavo::experiments::program
