// octavo sweep: flags and work.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "experiments/evaluation/sweep/sweep.h"
#include "experiments/evaluation/sweep/sweep_grid.h"
#include "experiments/evaluation/sweep/sweep_output.h"
#include "experiments/program/shared_flags.h"
#include "experiments/program/subcommand.h"
#include "experiments/program/terminal.h"
#include "experiments/store/runs/run_file.h"
#include "formats/catalog.h"
#include "messages/error.h"

namespace octavo::experiments::program {
namespace {

struct Flags {
  EvaluationFlags evaluation;
  FileFlags file;
  OutputFlags output;
  std::string bias = "-8:8";
  std::string weight_bias;  ///< with the next one: a grid
  std::string activation_bias;
  std::string format;
  std::string criterion = "loss";
  std::string by = "model";
  std::string role = "both";
  std::string record = "target";
};

/// "first:last" as two integers within the limits of a bias.
BiasRange parse_biases(const char* flag, const std::string& text) {
  BiasRange range;
  int length = 0;
  if (std::sscanf(text.c_str(), "%d:%d%n", &range.first, &range.last, &length) != 2 ||
      static_cast<std::size_t>(length) != text.size() || range.first > range.last ||
      range.first < -scaling::kBiasLimit || range.last > scaling::kBiasLimit)
    throw Error(
        fmt::format("{} {}: give FIRST:LAST, integers from -127 to 127 in ascending order, such as -8:8", flag, text));
  return range;
}

SweepFlags sweep_flags(const Flags& flags) {
  SweepFlags result;
  result.bias = parse_biases("--bias", flags.bias);
  result.by = store::from_word<Scope>(flags.by, "--by");
  result.role = store::from_word<Tested>(flags.role, "--role");
  result.criterion = store::from_word<Criterion>(flags.criterion, "--criterion");
  result.record_all = flags.record == "all";
  if (!flags.format.empty()) result.format = formats::spec(flags.format);
  if (flags.weight_bias.empty() && flags.activation_bias.empty()) return result;
  if (flags.weight_bias.empty() || flags.activation_bias.empty())
    throw Error("--weight-bias and --activation-bias go together; for one of the two alone give --bias and --role");
  if (result.by != Scope::model || result.role != Tested::both)
    throw Error("--weight-bias and --activation-bias are of the whole model; leave --by and --role away");
  result.grid = {parse_biases("--weight-bias", flags.weight_bias),
                 parse_biases("--activation-bias", flags.activation_bias)};
  return result;
}

/// What an interrupted sweep leaves.
std::string parts_text(const store::PartFolder& parts, int points) {
  int kept = 0;
  for (int point = 0; point < points; ++point) kept += parts.has(point) ? 1 : 0;
  return fmt::format("{} of {} points, in {}.parts", kept, points, parts.out().string());
}

Outcome run(const Flags& flags, const std::string& command) {
  const SweepFlags what = sweep_flags(flags);
  const std::filesystem::path& out = flags.file.out;
  if (out.empty()) throw Error("--out is empty; name the file to write, such as runs.h5");
  store::check_destination(out, flags.file.existing());
  const std::filesystem::path& path = flags.evaluation.recipe;
  const scaling::Recipe recipe = path.empty() ? scaling::default_recipe() : scaling::read_recipe(path);
  const std::string name = path.empty() ? "default (ocp-amax)" : path.filename().string();
  const Subject subject = open_subject_under(flags.evaluation.subject, recipe, name, "sweep", command);
  store::PartFolder parts(out, subject.header.fingerprint, flags.file.existing());
  for (const std::string& text : parts.notes()) note(text);
  SweepResult result;
  if (parts.complete()) {
    result = read_sweep(out);
  } else {
    const int points = static_cast<int>(sweep_grid(subject.weights->config, recipe, what).size());
    ProgressLine line(flags.output.quiet, {Again::with_resume, [&] { return parts_text(parts, points); }});
    line.announce(work_text(subject, recipe, points, "points"));
    result = sweep(subject, recipe, what, subject.header, parts,
                   [&](double share, const std::string& doing) { line(share, doing); });
  }
  if (flags.output.json) return {sweep_json(result, subject.header)};
  return {sweep_text(result, subject.header) + fmt::format("\nwritten: {}\n", out.string())};
}

}  // namespace

Subcommand add_sweep(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("sweep", "Constant scaling biases against AMAX and the baseline");
  command->footer(
      "Example: octavo sweep --out runs.h5\n"
      "Example: octavo sweep --model SmolLM2.gguf --text bible.txt --tokens 16384 --bias -8:8 --out runs.h5");
  add_evaluation(*command, flags->evaluation, true, "ocp-amax");
  command->add_option("--bias", flags->bias, "first and last constant bias (default: -8:8)");
  CLI::Option* one = command->get_option("--bias");
  command
      ->add_option("--weight-bias", flags->weight_bias,
                   "first and last bias of weights; with --activation-bias every pair of the two")
      ->excludes(one);
  command->add_option("--activation-bias", flags->activation_bias, "likewise of activations")->excludes(one);
  command->add_option("--format", flags->format,
                      "element format of what is under test (default: the recipe's), such as e5m2");
  command
      ->add_option("--criterion", flags->criterion,
                   "what the verdict is by: loss, or accuracy as in arXiv 2309.17224 (default: loss)")
      ->check(CLI::IsMember(store::words<Criterion>()));
  command->add_option("--by", flags->by, "what takes the bias at a time: model, kind or layer")
      ->check(CLI::IsMember(store::words<Scope>()));
  command->add_option("--role", flags->role, "which tensors take it: weight, activation or both")
      ->check(CLI::IsMember(store::words<Tested>()));
  command->add_option("--record", flags->record, "tensors to record at kind and layer points: target or all")
      ->check(CLI::IsMember({"target", "all"}));
  command->add_option("--out", flags->file.out, "run file (.h5)")->required();
  command->add_flag("--resume", flags->file.resume, "go on with an interrupted sweep");
  command->add_flag("--force", flags->file.force, "start anew and replace what is there");
  add_output(*command, flags->output);
  return {command, [flags](const std::string& line) { return run(*flags, line); }};
}

}  // namespace octavo::experiments::program
