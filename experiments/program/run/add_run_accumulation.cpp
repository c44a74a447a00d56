// octavo run accumulation: flags and work.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "experiments/products/accumulation.h"
#include "experiments/program/shared_flags.h"
#include "experiments/program/subcommand.h"
#include "experiments/program/terminal.h"
#include "experiments/store/runs/fingerprint.h"
#include "experiments/store/runs/run_file.h"
#include "messages/error.h"

namespace octavo::experiments::program {

Subcommand add_run_accumulation(CLI::App& run);  // in named_experiment.cpp's list

namespace {

struct Flags {
  std::string scale = "default";
  std::uint64_t seed = 0;
  EvaluationFlags evaluation;
  FileFlags file;
  OutputFlags output;
};

/// The header of a run without a model.
store::Header header_without_model(const std::string& command) {
  store::Header header;
  header.experiment = "accumulation";
  header.command = command;
  header.engine = "several: see /tables/accumulation";
  header.recipe_name = "none";
  header.fingerprint = store::fingerprint(header, {command});
  return header;
}

Outcome run_accumulation(const Flags& flags, const std::string& command) {
  const std::filesystem::path& out = flags.file.out;
  if (!out.empty()) store::check_destination(out, flags.file.existing());
  const bool with_model = !flags.evaluation.subject.model.empty();
  const std::filesystem::path& recipe_path = flags.evaluation.recipe;
  if (!with_model && !(recipe_path.empty() && flags.evaluation.subject.text.empty()))
    throw Error("--text and --recipe are for a model; give it with --model");
  AccumulationFlags what;
  what.seed = flags.seed;
  if (flags.scale == "paper") {
    what.side = 256;
    what.largest_depth = 16384;
  }
  ProgressLine line(flags.output.quiet);
  const auto progress = [&](double share, const std::string& doing) { line(share, doing); };
  store::Header header = header_without_model(command);
  std::vector<store::AccumulationModelRow> model_rows;
  if (with_model) {
    const scaling::Recipe recipe = recipe_path.empty() ? scaling::default_recipe() : scaling::read_recipe(recipe_path);
    const std::string name = recipe_path.empty() ? "default (ocp-amax)" : recipe_path.filename().string();
    const Subject subject = open_subject_under(flags.evaluation.subject, recipe, name, "accumulation", command);
    header = subject.header;
    header.engine = "several: see /tables/accumulation_model";
    line.announce(work_text(subject, recipe, 1, "pass on each engine"));
    model_rows = accumulation_of_model(subject, recipe, progress);
  }
  header.seed = flags.seed;
  line.announce(fmt::format("accumulation: products of {} x {} on every engine, K up to {}", what.side, what.side,
                            what.largest_depth));
  const std::vector<store::AccumulationRow> rows = accumulation(what, progress);
  if (!out.empty()) store::write_file(out, flags.file.existing(), header, {}, {}, store::Tables(rows, model_rows));
  if (flags.output.json) return {accumulation_json(rows, model_rows)};
  return {accumulation_text(rows, model_rows) + (out.empty() ? "" : fmt::format("\nwritten: {}\n", out.string()))};
}

}  // namespace

Subcommand add_run_accumulation(CLI::App& run) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = run.add_subcommand("accumulation", "Engines, promotion intervals and K against exact products");
  command->footer(
      "Example: octavo run accumulation --out accumulation.h5\n"
      "Example: octavo run accumulation --model stories260K.bin --text stories.json --tokens 2048");
  command->add_option("--scale", flags->scale, "size of the experiment: default or paper")
      ->check(CLI::IsMember({"default", "paper"}));
  command->add_option("--seed", flags->seed, "of synthetic data (default: 0)");
  add_evaluation(*command, flags->evaluation, false, "ocp-amax");
  command->add_option("--out", flags->file.out, "run file (.h5)");
  add_force(*command, flags->file);
  add_output(*command, flags->output);
  return {command, [flags](const std::string& line) { return run_accumulation(*flags, line); }};
}

}  // namespace octavo::experiments::program
