// octavo plot and octavo report: all flags go to the Python programs that draw.
#include <CLI/CLI.hpp>

#include "experiments/installed/python.h"
#include "experiments/program/subcommand.h"

namespace octavo::experiments::program {
namespace {

Subcommand add_script(CLI::App& app, const std::string& name, const std::string& description,
                      const std::string& example) {
  CLI::App* command = app.add_subcommand(name, description);
  command->footer("Example: " + example);
  command->prefix_command();
  command->set_help_flag();
  return {command, [command, name](const std::string&) -> Outcome { run_script(name + ".py", command->remaining()); }};
}

}  // namespace

Subcommand add_plot(CLI::App& app) {
  return add_script(app, "plot", "Figures from a run file", "octavo plot runs.h5 --out figures");
}

Subcommand add_report(CLI::App& app) {
  return add_script(app, "report", "One self-contained page from a run file",
                    "octavo report runs.h5 --out report.html");
}

}  // namespace octavo::experiments::program
