// octavo run: the experiments that have a name of their own.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <vector>

#include "experiments/program/run/named_experiment.h"
#include "experiments/program/subcommand.h"
#include "messages/error.h"
#include "messages/nearest.h"

namespace octavo::experiments::program {
namespace {

std::string list() {
  std::string out = fmt::format("{:<21} {:<38} {}\n", "name", "about", "minutes");
  for (const NamedExperiment& experiment : named_experiments())
    out += fmt::format("{:<21} {:<38} {}\n", experiment.name, experiment.about, experiment.minutes);
  return out;
}

Error unknown(const std::string& name) {
  std::vector<std::string_view> names;
  for (const NamedExperiment& experiment : named_experiments()) names.push_back(experiment.name);
  return Error(fmt::format("run: experiment '{}' is unknown; did you mean '{}'? octavo run --list shows all", name,
                           messages::nearest(name, names)));
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
