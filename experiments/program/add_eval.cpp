// octavo eval: flags and work.
#include <CLI/CLI.hpp>
#include <memory>

#include "experiments/evaluation/evaluate.h"
#include "experiments/evaluation/subject_output.h"
#include "experiments/program/shared_flags.h"
#include "experiments/program/subcommand.h"
#include "experiments/program/terminal.h"
#include "experiments/store/runs/run_file.h"

namespace octavo::experiments::program {
namespace {

struct Flags {
  EvaluationFlags evaluation;
  FileFlags file;
  OutputFlags output;
};

Outcome run(const Flags& flags, const std::string& command) {
  const std::filesystem::path& out = flags.file.out;
  if (!out.empty()) store::check_destination(out, flags.file.existing());
  const std::filesystem::path& path = flags.evaluation.recipe;
  const scaling::Recipe recipe = path.empty() ? scaling::uncast(scaling::Baseline::fp32) : scaling::read_recipe(path);
  const std::string name = path.empty() ? "none (fp32)" : path.filename().string();
  const Subject subject = open_subject_under(flags.evaluation.subject, recipe, name, "eval", command);
  const TensorAxis axis(subject.weights->config, recipe);
  ProgressLine line(flags.output.quiet);
  // Tensors are recorded for their NaN and infinities even if nothing is written: it takes a hundredth of the time.
  const store::Run run =
      evaluate(subject, recipe, axis, true, [&](double share, const std::string& what) { line(share, what); });
  const NonFinite found = count_non_finite(run.tensors, axis.names(), run.token_loss);
  if (!out.empty()) store::write_file(out, flags.file.existing(), subject.header, axis.names(), std::span(&run, 1), {});
  return {flags.output.json ? eval_json(run, found, subject.header) : eval_text(run, found, subject.header)};
}

}  // namespace

Subcommand add_eval(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("eval", "Loss, perplexity and next-token accuracy");
  command->footer("Example: octavo eval --model stories260K.bin --text stories.json --recipe ocp-amax.toml");
  add_evaluation(*command, flags->evaluation, true);
  command->add_option("--out", flags->file.out, "run file (.h5) with every tensor's scale distribution");
  add_force(*command, flags->file);
  add_output(*command, flags->output);
  return {command, [flags](const std::string& line) { return run(*flags, line); }};
}

}  // namespace octavo::experiments::program
