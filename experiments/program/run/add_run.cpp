// octavo run: the experiments that have a name of their own.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <vector>

#include "experiments/printed/text_table.h"
#include "experiments/program/run/named_experiment.h"
#include "experiments/program/subcommand.h"
#include "messages/error.h"
#include "messages/suggestion.h"

namespace octavo::experiments::program {
namespace {

std::string list() {
  std::vector<std::vector<std::string>> rows;
  for (const NamedExperiment& experiment : named_experiments())
    rows.push_back({std::string(experiment.name), std::string(experiment.about), std::string(experiment.minutes)});
  return printed::text_table({{"name", true}, {"about", true, printed::Fit::wraps}, {"minutes", true}}, rows) +
         "\nP1 is arXiv 2309.17224: T a table, Fig. a figure.\nMinutes: at the default size, on two cores.\n";
}

Error unknown(const std::string& name) {
  std::vector<std::string_view> names;
  for (const NamedExperiment& experiment : named_experiments()) names.push_back(experiment.name);
  return Error(fmt::format("run: experiment '{}' is unknown; {} octavo run --list shows all", name,
                           messages::suggestion(name, names, "there is none like it;")));
}

}  // namespace

Subcommand add_run(CLI::App& app) {
  CLI::App* command = app.add_subcommand("run", "One experiment by name: a table and a figure");
  command->footer("Example: octavo run formats --out formats.h5");
  command->require_subcommand(0, 1);
  command->allow_extras();  // a word that is no experiment gets an answer of our own
  const auto listed = std::make_shared<bool>(false);
  command->add_flag("--list", *listed, "names, what they are about, and minutes at the default size on two cores");
  std::vector<Subcommand> experiments;
  for (const NamedExperiment& experiment : named_experiments()) experiments.push_back(experiment.add(*command));
  return {command, [command, listed, experiments](const std::string& line) -> Outcome {
            for (const Subcommand& experiment : experiments)
              if (experiment.app->parsed()) return experiment.run(line);
            if (!command->remaining().empty()) throw unknown(command->remaining().front());
            if (!*listed) throw Error("run: give the name of an experiment; octavo run --list shows them");
            return {list()};
          }};
}

}  // namespace octavo::experiments::program
