// octavo formats: flags and work.
#include <CLI/CLI.hpp>
#include <memory>

#include "experiments/program/subcommand.h"
#include "experiments/tensors/formats_output.h"

namespace octavo::experiments::program {
namespace {

struct Flags {
  std::string name;
  bool json = false;
};

Outcome run(const Flags& flags) {
  if (flags.name.empty()) return {flags.json ? catalog_json() : catalog_text()};
  return {flags.json ? format_json(flags.name) : format_text(flags.name)};
}

}  // namespace

Subcommand add_formats(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("formats", "The catalogue of formats; or one format and its codes");
  command->footer("Example: octavo formats e4m3");
  command->add_option("NAME", flags->name, "format: a catalogue name or e<E>m<M>[b<bias>][fn|fnuz|ieee|none]");
  command->add_flag("--json", flags->json, "print the result as JSON");
  return {command, [flags](const std::string&) { return run(*flags); }};
}

}  // namespace octavo::experiments::program
