// octavo run formats: flags and work.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "experiments/program/shared_flags.h"
#include "experiments/program/subcommand.h"
#include "experiments/program/terminal.h"
#include "experiments/store/runs/run_file.h"
#include "experiments/tensors/format_snr.h"
#include "messages/error.h"

namespace octavo::experiments::program {

Subcommand add_run_formats(CLI::App& run);  // in named_experiment.cpp's list

namespace {

struct Flags {
  EvaluationFlags evaluation;
  FormatSnrFlags what;
  std::string scale = "-20:20";
  FileFlags file;
  OutputFlags output;
};

Outcome run_formats(const Flags& flags, const std::string& command) {
  const std::filesystem::path& out = flags.file.out;
  if (!out.empty()) store::check_destination(out, flags.file.existing());
  if (!flags.evaluation.recipe.empty()) throw Error("run formats: --recipe says nothing here; leave it out");
  FormatSnrFlags what = flags.what;
  what.subject = flags.evaluation.subject;
  int length = 0;
  if (std::sscanf(flags.scale.c_str(), "%d:%d%n", &what.first_scale, &what.last_scale, &length) != 2 ||
      static_cast<std::size_t>(length) != flags.scale.size())
    throw Error(fmt::format("--scale {}: give FIRST:LAST, exponents of two such as -20:20", flags.scale));
  FormatSnrResult result;
  {
    ProgressLine line(flags.output.quiet);
    line.announce(
        fmt::format("formats: random tensors of {} elements{}, scales 2^{} to 2^{}", what.elements,
                    what.subject.model.empty() ? "" : ", then the tensors of " + what.subject.model.filename().string(),
                    what.first_scale, what.last_scale));
    result = format_snr(what, command, [&](double share, const std::string& name) { line(share, name); });
  }
  if (!out.empty()) store::write_file(out, flags.file.existing(), result.header, {}, {}, store::Tables(result.rows));
  return {flags.output.json ? format_snr_json(result) : format_snr_text(result)};
}

}  // namespace

Subcommand add_run_formats(CLI::App& run) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = run.add_subcommand("formats", "SNR over scale for each format, on random and real tensors");
  command->footer("Example: octavo run formats --model SmolLM2.gguf --text bible.txt --tokens 2048 --out formats.h5");
  add_evaluation(*command, flags->evaluation, false, "none: formats are what is compared");
  command->add_option("--format", flags->what.formats, "formats and block formats: F[,F2...] (default: the usual ones)")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--scale", flags->scale, "first and last exponent of the scales (default: -20:20)");
  command->add_option("--elements", flags->what.elements, "elements of a random tensor (default: 1048576)");
  command->add_option("--seed", flags->what.seed, "of the random tensors (default: 0)");
  command->add_option("--out", flags->file.out, "run file (.h5) with the table");
  add_force(*command, flags->file);
  add_output(*command, flags->output);
  return {command, [flags](const std::string& line) { return run_formats(*flags, line); }};
}

}  // namespace octavo::experiments::program
