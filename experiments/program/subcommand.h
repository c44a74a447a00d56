// A subcommand of the program: the flags that it declares, and what it does once they are parsed.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace octavo::experiments::program {

/// What main prints, and the status that the program ends with.
struct Outcome {
  std::string text;
  int status = 0;
};

/// `run` owns the values of its flags, which are there once the command line has been parsed. It gets the canonical
/// command line, and throws Error.
struct Subcommand {
  CLI::App* app = nullptr;
  std::function<Outcome(const std::string& command)> run;
};

// One function a subcommand, each in a file of its own name: declares it on the program's command line.
Subcommand add_eval(CLI::App& app);
Subcommand add_generate(CLI::App& app);
Subcommand add_sweep(CLI::App& app);
Subcommand add_train(CLI::App& app);
Subcommand add_formats(CLI::App& app);
Subcommand add_recipes(CLI::App& app);
Subcommand add_quantize(CLI::App& app);
Subcommand add_gemm(CLI::App& app);
Subcommand add_compare(CLI::App& app);
Subcommand add_run(CLI::App& app);
Subcommand add_capture(CLI::App& app);
Subcommand add_plot(CLI::App& app);
Subcommand add_report(CLI::App& app);
Subcommand add_version(CLI::App& app);
Subcommand add_help(CLI::App& app);

/// "octavo 0.1.0 (commit)".
std::string version_text();

/// All of them, in the order in which --help lists them.
std::vector<Subcommand> add_subcommands(CLI::App& app);

}  // namespace octavo::experiments::program
