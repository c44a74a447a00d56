// octavo quantize: flags and work.
#include <CLI/CLI.hpp>
#include <memory>

#include "experiments/program/shared_flags.h"
#include "experiments/program/subcommand.h"
#include "experiments/program/terminal.h"
#include "experiments/store/runs/run_file.h"
#include "experiments/tensors/quantize.h"
#include "experiments/tensors/quantize_output.h"
#include "scaling/recipe/policy_text.h"

namespace octavo::experiments::program {
namespace {

struct Flags {
  std::filesystem::path tensors;
  QuantizeFlags quantize;
  bool list = false;
  FileFlags file;
  OutputFlags output;
};

Outcome run(const Flags& flags, const std::string& command) {
  const std::filesystem::path& out = flags.file.out;
  if (!out.empty()) store::check_destination(out, flags.file.existing());
  const TensorSource source = open_tensors(flags.tensors);
  if (flags.list) return {flags.output.json ? list_json(*source.file) : list_text(*source.file)};
  QuantizeResult result;
  {
    ProgressLine line(flags.output.quiet);
    result =
        quantize(source, flags.quantize, command, [&](double share, const std::string& what) { line(share, what); });
  }
  if (!out.empty())
    store::write_file(out, flags.file.existing(), result.header, result.axis, result.runs, store::Tables(result.rows));
  return {flags.output.json ? quantize_json(result) : quantize_text(result)};
}

}  // namespace

Subcommand add_quantize(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  QuantizeFlags& what = flags->quantize;
  CLI::App* command = app.add_subcommand("quantize", "What formats and scalings do to a file's tensors");
  command->footer(
      "Example: octavo quantize model.safetensors --tensor '*.mlp.*' --format e4m3,e5m2 --scaling "
      "amax,mse,current@1x128");
  command
      ->add_option("FILE", flags->tensors,
                   "tensors: .npy, .safetensors (or the .json index of its shards), .gguf, or a model's folder")
      ->required();
  command->add_option("--tensor", what.tensor, "which tensors, * matches any characters (default: the only one)");
  command
      ->add_option("--format", what.formats,
                   "formats of at most 8 bits, or block formats (mxfp8-e4m3, nvfp4): F[,F2...]")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--scaling", what.scalings, "P[,P2...], each one of: " + std::string(scaling::scaling_forms()))
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_flag("--transposed", what.transposed,
                    "matrices are stored [K, N]: rows and blocks run along the first dimension, not the last (known of "
                    "GPT-2's Conv1D where config.json is beside the file)");
  command->add_flag("--list", flags->list, "list the tensors and stop");
  command->add_option("--out", flags->file.out, "run file (.h5) with every tensor's histograms");
  add_force(*command, flags->file);
  add_output(*command, flags->output);
  return {command, [flags](const std::string& line) { return run(*flags, line); }};
}

}  // namespace octavo::experiments::program
