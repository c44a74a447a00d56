// octavo gemm: flags and work.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "experiments/products/gemm.h"
#include "experiments/products/gemm_output.h"
#include "experiments/program/shared_flags.h"
#include "experiments/program/subcommand.h"
#include "experiments/store/runs/product_file.h"
#include "messages/error.h"

namespace octavo::experiments::program {
namespace {

struct Flags {
  GemmFlags gemm;
  FileFlags file;
  OutputFlags output;
};

store::ProductOperand stored(const GemmOperand& operand) {
  return {operand.name, operand.sha256, operand.format, operand.bias,
          operand.rows, operand.depth,  operand.nan,    operand.infinite};
}

void write(const Flags& flags, const GemmResult& result, const std::string& command) {
  if (flags.file.out.extension() == ".npy") {
    // Of one engine alone: the reference that it was compared with is not what was asked for.
    store::write_npy(flags.file.out, result.products.back().d, result.a.rows, result.b.rows);
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
                         error.largest_relative, error.median_relative, error.normwise_relative,
                         error.largest_absolute});
    file.d.emplace_back(product.d);
  }
  store::write_products(flags.file.out, file);
}

Outcome run(const Flags& flags, const std::string& command) {
  const std::filesystem::path& out = flags.file.out;
  const GemmFlags& what = flags.gemm;
  if (!out.empty()) store::check_destination(out, flags.file.existing());
  const bool one = what.engines.size() * what.accumulators.size() * what.promotions.size() * what.splits.size() == 1;
  if (out.extension() == ".npy" && !one)
    throw Error(fmt::format("--out {}: a .npy file holds one product; give one engine, or name an .h5 file for all",
                            out.string()));
  const GemmResult result = gemm(what);
  if (!out.empty()) write(flags, result, command);
  return {flags.output.json ? gemm_json(result) : gemm_text(result)};
}

}  // namespace

Subcommand add_gemm(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  GemmFlags& what = flags->gemm;
  CLI::App* command = app.add_subcommand("gemm", "One product through one or more engines: where and how they differ");
  command->footer(
      "D = A B^T for A of M x K and B of N x K.\n"
      "Example: octavo gemm a.npy b.npy --engine hopper-wgmma,hopper-mma --promotion 0,128 --against exact");
  command->add_option("A", what.a, "M x K: codes (uint8 .npy), or values (float32 .npy)")->required();
  command->add_option("B", what.b, "N x K, likewise")->required();
  const auto list = [](CLI::Option* option) { option->delimiter(',')->allow_extra_args(false); };
  list(command->add_option("--engine", what.engines, "engines: E[,E2...]")->required());
  command->add_option("--against", what.against,
                      "engine that the others are compared with (default: the first, or exact if there is one only)");
  command->add_option("--a-format", what.a_format, "format of A's codes (default: e4m3)");
  command->add_option("--b-format", what.b_format, "format of B's codes (default: e4m3)");
  command->add_flag("--cast", what.cast, "cast values to these formats, with the FP8-AMAX bias of each matrix");
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
