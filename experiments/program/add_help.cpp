// octavo help and octavo version: what --help and --version say, as commands.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <vector>

#include "experiments/installed/python.h"
#include "experiments/program/subcommand.h"
#include "experiments/store/provenance.h"
#include "messages/error.h"
#include "messages/suggestion.h"

namespace octavo::experiments::program {
namespace {

/// The command below `app` that `words` name one after the other.
CLI::App& named(CLI::App& app, const std::vector<std::string>& words) {
  CLI::App* found = &app;
  for (const std::string& word : words) {
    std::vector<std::string_view> names;
    CLI::App* next = nullptr;
    for (CLI::App* command : found->get_subcommands([](CLI::App*) { return true; })) {
      names.push_back(command->get_name());
      if (command->get_name() == word) next = command;
    }
    if (next == nullptr)
      throw Error(
          fmt::format("help: no command '{}'; {}", word, messages::suggestion(word, names, "octavo help lists them")));
    found = next;
  }
  return *found;
}

}  // namespace

std::string version_text() {
  return fmt::format("octavo {} ({})", store::build().program_version, store::build().git_commit);
}

Subcommand add_version(CLI::App& app) {
  CLI::App* command = app.add_subcommand("version", "The version of this program");
  return {command, [](const std::string&) { return Outcome{version_text() + "\n"}; }};
}

Subcommand add_help(CLI::App& app) {
  const auto words = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app.add_subcommand("help", "What --help says of a command");
  command->add_option("COMMAND", *words, "command, such as sweep or run formats (default: all of them)");
  command->footer("Example: octavo help sweep");
  return {command, [&app, words](const std::string&) -> Outcome {
            CLI::App& found = named(app, *words);
            if (found.get_prefix_command()) run_script(found.get_name() + ".py", {"--help"});  // its flags are Python's
            const std::string name = fmt::format("octavo{}{}", words->empty() ? "" : " ", fmt::join(*words, " "));
            return {found.get_formatter()->make_help(&found, name, CLI::AppFormatMode::Normal)};  // help() means `help`
          }};
}

}  // namespace octavo::experiments::program
