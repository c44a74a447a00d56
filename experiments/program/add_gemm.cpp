// octavo gemm: flags and work.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <span>
#include <utility>

#include "experiments/products/gemm.h"
#include "experiments/products/gemm_output.h"
#include "experiments/program/shared_flags.h"
#include "experiments/program/subcommand.h"
#include "experiments/store/npy_file.h"
#include "experiments/store/runs/product_file.h"
#include "messages/error.h"
#include "scaling/recipe/policy_text.h"

namespace octavo::experiments::program {
namespace {

struct Flags {
  GemmFlags gemm;
  std::string cast;
  FileFlags file;
  OutputFlags output;
};

store::ProductOperand stored(const GemmOperand& operand) {
  return {operand.name, operand.sha256, operand.format, operand.scaling, operand.bias,
          operand.rows, operand.depth,  operand.nan,    operand.infinite};
}

void write(const Flags& flags, const GemmResult& result, const std::string& command) {
  if (flags.file.out.extension() == ".npy") {
    // Of one engine alone: the reference that it was compared with is not what was asked for.
    store::write_npy(flags.file.out, std::span<const float>(result.products.back().d), {result.a.rows, result.b.rows});
    return;
  }
  store::ProductFile file;
  file.command = command;
  file.a = stored(result.a);
  file.b = stored(result.b);
  file.reference = static_cast<std::int32_t>(result.reference);
  for (const GemmProduct& product : result.products) {
    const ErrorMeasures& error = product.error;
    file.rows.push_back({product.label, product.description, error.outputs, error.differing, error.non_finite,
                         error.largest_ulps, error.largest_relative, error.median_relative, error.normwise_relative,
                         error.largest_absolute});
    file.d.emplace_back(product.d);
  }
  store::write_products(flags.file.out, file);
}

Outcome run(Flags flags, const std::string& command) {
  if (!flags.cast.empty()) flags.gemm.cast = scaling::parse_scaling(flags.cast, "--cast");
  const std::filesystem::path& out = flags.file.out;
  const GemmFlags& what = flags.gemm;
  if (!out.empty()) store::check_destination(out, flags.file.existing());
  const bool one = what.engines.size() * what.accumulators.size() * what.promotions.size() * what.splits.size() == 1;
  if (out.extension() == ".npy" && !one)
    throw Error(fmt::format("--out {}: a .npy file holds one product; give one engine, or name an .h5 file for all",
                            out.string()));
  const GemmResult result = gemm(what);
  if (!out.empty()) write(flags, result, command);
  return {flags.output.json ? gemm_json(result) : gemm_text(result), result.refuted() ? 1 : 0};
}

}  // namespace

Subcommand add_gemm(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  GemmFlags& what = flags->gemm;
  CLI::App* command = app.add_subcommand("gemm", "One product through one or more engines: where and how they differ");
  command->footer(
      "D = A B^T for A of M x K and B of N x K. Exit status 1 where a result of one's own (--against D.npy) differs in "
      "any bit from an engine named.\n"
      "Codes of fewer than 8 bits are one a byte, in its low bits.\n"
      "Example: octavo gemm a.npy b.npy --engine hopper-wgmma,hopper-mma --promotion 0,128 --against exact\n"
      "Example: octavo gemm x.npy w.npy --cast=current@1x128 --engine hopper-wgmma --against mine.npy");
  command
      ->add_option("A", what.a.file,
                   "M x K: codes (uint8 .npy, or what quantize --codes wrote), or values (.npy, "
                   ".safetensors, .gguf, a model's folder)")
      ->required();
  command->add_option("B", what.b.file, "N x K, likewise")->required();
  const auto list = [](CLI::Option* option) { option->delimiter(',')->allow_extra_args(false); };
  list(command->add_option("--engine", what.engines, "engines: E[,E2...]")->required());
  command->add_option("--against", what.against,
                      "what the engines are compared with: an engine, or results of one's own, M x N as float32 or "
                      "float16 in a .npy file (default: the first, or exact if there is one only)");
  for (auto [which, source] : {std::pair("a", &what.a), {"b", &what.b}}) {
    const std::string flag = std::string("--") + which;
    command->add_option(flag + "-tensor", source->tensor, "which tensor of a file of several");
    command->add_option(flag + "-format", source->format,
                        "format of its codes, or to cast to; with --cast also a block format (default: e4m3)");
    command->add_option(flag + "-scales", source->scales,
                        "what its codes are multiplied by: .npy of [1, 1], [rows, 1] or [blocks down, across]");
  }
  command->add_flag(
      "--cast{amax}", flags->cast,
      "cast values to these formats; --cast is --cast=amax, --cast=P any of: " + std::string(scaling::scaling_forms()));
  list(command->add_option("--accumulator", what.accumulators, "of tensor cores: f32, f16 or both (default: f32)"));
  list(command->add_option("--promotion", what.promotions,
                           "of tensor cores: K elements between promotions to FP32, 0 = never: P[,P2...]"));
  list(command->add_option("--split-k", what.splits, "of tensor cores: parts of K (default: 1): S[,S2...]")
           ->check(CLI::Range(1, 1024)));
  command->add_option("--out", flags->file.out, "every D with its engine (.h5), or the one D (.npy)");
  add_force(*command, flags->file);
  add_output(*command, flags->output);
  return {command, [flags](const std::string& line) { return run(*flags, line); }};
}

}  // namespace octavo::experiments::program
