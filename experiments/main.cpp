// The program octavo: flags in, results out; the only file that prints results and exits.
#include <fmt/format.h>
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "cuda/device_lost.h"
#include "experiments/command.h"
#include "experiments/program/subcommand.h"
#include "experiments/program/terminal/interruption.h"
#include "experiments/store/provenance.h"
#include "machine/instruction_set.h"
#include "messages/error.h"
#include "messages/suggestion.h"

namespace {

using namespace octavo;
using namespace octavo::experiments;

/// Activations come and go by the megabyte: returning them to the system each time would cost a page fault for every 4
/// KiB.
void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}

/// What is wrong with the command line, and which help to read. `first`: the first word, or empty.
Error wrong_flags(const CLI::App& app, const CLI::ParseError& error, const std::string& first) {
  const std::vector<CLI::App*> parsed = app.get_subcommands();
  if (!parsed.empty()) {
    // A flag that is missing comes before one that is unknown, which may be the same misspelt.
    const std::vector<std::string> unknown = parsed[0]->remaining(true);
    const std::string what =
        unknown.empty() ? error.what() : fmt::format("the following argument was not expected: {}", unknown.front());
    return Error(fmt::format("{}: {}; see octavo {} --help", parsed[0]->get_name(), what, parsed[0]->get_name()));
  }
  if (first.empty() || first.starts_with('-')) return Error(fmt::format("{}; see octavo --help", error.what()));
  std::vector<std::string_view> commands;
  for (const CLI::App* command : app.get_subcommands({})) commands.push_back(command->get_name());
  return Error(fmt::format("unknown command '{}'; {} See octavo --help", first,
                           messages::suggestion(first, commands, "there is none like it.")));
}

int run(int argc, char** argv) {
  CLI::App app{"Octavo: research and simulation of 8-bit floating point", "octavo"};
  app.require_subcommand(1);
  app.set_version_flag("--version", program::version_text());
  const std::vector<program::Subcommand> subcommands = program::add_subcommands(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    throw wrong_flags(app, error, argc > 1 ? argv[1] : "");
  }
  keep_freed_memory();
  machine::instruction_set();  // a wrong OCTAVO_ISA is refused before any work
  const std::string command = canonical_command(std::vector<std::string>(argv + 1, argv + argc));
  for (const program::Subcommand& subcommand : subcommands) {
    if (!subcommand.app->parsed()) continue;
    const program::Outcome outcome = subcommand.run(command);
    fmt::print("{}", outcome.text);
    return outcome.status;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::string message;
  int status = 1;
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    message = "out of memory; try a smaller model, --context or --batch";
  } catch (const program::Interrupted& stopped) {
    fmt::print(stderr, "octavo: interrupted. {}\noctavo: {}: {}\n",
               stopped.kept().empty() ? "Nothing of this run is kept." : "Kept: " + stopped.kept(),
               stopped.again() == program::Again::from_start ? "start again with" : "go on with",
               program::command_again(argc, argv, stopped.again()));
    return stopped.status();
  } catch (const cuda::DeviceLost& error) {
    message = error.what();
    status = cuda::kDeviceLostStatus;
  } catch (const std::exception& error) {
    message = error.what();
  }
  for (char& c : message)  // one line, whatever a file or its name says
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  fmt::print(stderr, "octavo: {}\n", message);
  return status;
}
