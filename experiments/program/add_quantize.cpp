// octavo quantize: flags and work.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "experiments/printed/text_table.h"
#include "experiments/program/shared_flags.h"
#include "experiments/program/subcommand.h"
#include "experiments/program/terminal.h"
#include "experiments/store/runs/run_file.h"
#include "experiments/tensors/quantize.h"
#include "experiments/tensors/quantize_output.h"
#include "formats/catalog.h"
#include "formats/rounding_names.h"
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

/// Writes codes and scales, and says what they are.
std::string write(const std::filesystem::path& path, const std::vector<CodedTensor>& tensors) {
  write_codes(path, tensors);
  const formats::Spec& format = tensors.front().format;
  std::string text = fmt::format("codes: {}", path.string());
  if (path.extension() == ".npy") text += fmt::format(", scales: {}", scales_beside(path).string());
  text += fmt::format(". Value = decode({} code) x scale of its block", formats::name(format));
  if (format.bits() < 8) text += fmt::format("; one code of {} bits a byte, in its low bits", format.bits());
  return printed::wrapped(text, printed::kWidth, 2) + '\n';
}

Outcome run(const Flags& flags, const std::string& command) {
  const std::filesystem::path& out = flags.file.out;
  const std::filesystem::path& codes = flags.quantize.codes;
  for (const std::filesystem::path& path : {out, codes, codes.extension() == ".npy" ? scales_beside(codes) : ""})
    if (!path.empty()) store::check_destination(path, flags.file.existing());
  const TensorSource source = open_tensors(flags.tensors);
  if (flags.list) return {flags.output.json ? list_json(*source.file) : list_text(*source.file)};
  QuantizeResult result;
  {
    ProgressLine line(flags.output.quiet);
    line.announce(fmt::format("quantize: {} ({} tensors, {:.1f} MB), formats {}", source.name,
                              source.file->tensors().size(), static_cast<double>(source.size) / 1e6,
                              fmt::join(flags.quantize.formats, ", ")));
    result =
        quantize(source, flags.quantize, command, [&](double share, const std::string& what) { line(share, what); });
  }
  std::string written;
  if (!flags.quantize.codes.empty()) written = write(flags.quantize.codes, result.codes);
  if (!out.empty())
    store::write_file(out, flags.file.existing(), result.header, result.axis, result.runs, store::Tables(result.rows));
  return {flags.output.json ? quantize_json(result) : quantize_text(result) + written};
}

}  // namespace

Subcommand add_quantize(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  QuantizeFlags& what = flags->quantize;
  CLI::App* command = app.add_subcommand("quantize", "What formats and scalings do to a file's tensors");
  command->footer(
      "Does my tensor survive MXFP4? octavo quantize x.npy --format mxfp4,e4m3 --scaling amax\n"
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
  command->add_option("--rounding", what.rounding, "of values between two codes (default: nearest, ties to even)")
      ->check(CLI::IsMember(std::vector<std::string>(formats::kRoundings.begin(), formats::kRoundings.end())));
  command->add_option("--seed", what.seed, "of stochastic rounding (default: 0)")->check(CLI::NonNegativeNumber);
  command->add_flag("--transposed", what.transposed,
                    "matrices are stored [K, N]: rows and blocks run along the first dimension, not the last (known of "
                    "GPT-2's Conv1D where config.json is beside the file)");
  command->add_option("--codes", what.codes,
                      "write the codes and their scales, of one format and scaling: .safetensors, or .npy (one tensor; "
                      "scales go to NAME.scales.npy); octavo gemm takes both");
  command->add_flag("--list", flags->list, "list the tensors and stop");
  command->add_option("--out", flags->file.out, "run file (.h5) with every tensor's histograms");
  add_force(*command, flags->file);
  add_output(*command, flags->output);
  return {command, [flags](const std::string& line) { return run(*flags, line); }};
}

}  // namespace octavo::experiments::program
