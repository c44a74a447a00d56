// Products on simulated tensor cores, packing from codes included:
// gemm/<architecture>[-f16][-lossy]/<size>[/threads:<n>], lossy of log-uniform operands, each measured in turn with
// OpenBLAS (`of_openblas`), or with nothing beside it where the name ends in `/alone` (thread_scaling.py); and the
// rungs of the kernels' ladder, gemm/<rung>/<size>. Block-scaled rows multiply what their formats' casts make of normal
// values: gemm/<architecture>-<block format>/<size>[/alone].
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "formats/block.h"
#include "formats/decode.h"
#include "machine/threads.h"
#include "sim/gemm/tensor_core/kernels/engine.h"
#include "tests/bench/gemm_measure.h"

#ifdef OCTAVO_HAS_OPENBLAS
#include <cblas.h>
#endif

namespace {

using namespace octavo;
using formats::Accumulator;
using sim::gemm::Operand;
using sim::gemm::Side;
using sim::gemm::StepRung;
using sim::gemm::TensorCoreProduct;

enum class Beside { openblas, nothing };

struct Setting {
  std::int64_t size = 1024;
  int threads = 1;
  Beside beside = Beside::openblas;
  bench::Values values = bench::Values::normal;
};

/// The product of a and b by the engine, packing included, in turn with OpenBLAS.
void run(benchmark::State& state, const sim::gemm::Engine& engine, const Setting& setting, bench::Operands& operands,
         const Operand& a, const Operand& b) {
  const auto [size, threads, beside, values] = setting;
  machine::use_threads(threads);
  const auto product = [&] {
    engine.multiply(*engine.pack(Side::a, a), *engine.pack(Side::b, b), operands.d.data(), operands.size);
    benchmark::DoNotOptimize(operands.d.data());
  };
#ifdef OCTAVO_HAS_OPENBLAS
  if (beside == Beside::openblas) {
    openblas_set_num_threads(threads);
    const auto n = static_cast<blasint>(size);
    return bench::measure_in_turn(state, size, threads, product, "of_openblas", [&] {
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, n, n, 1.0f, operands.a.data(), n, operands.b.data(), n,
                  0.0f, operands.d.data(), n);
      benchmark::DoNotOptimize(operands.d.data());
    });
  }
#endif
  bench::measure(state, size, threads, product);
}

void run_codes(benchmark::State& state, const sim::gemm::Engine& engine, const Setting& setting) {
  bench::Operands operands(setting.size, setting.values);
  const auto operand = [&](const std::vector<std::uint8_t>& codes) {
    return Operand::of_codes(codes.data(), formats::e4m3, setting.size, setting.size);
  };
  run(state, engine, setting, operands, operand(operands.a_codes), operand(operands.b_codes));
}

/// A square matrix under a block format of one row; where the tensor has a scale, its largest block gets 448.
struct Blocks {
  std::vector<std::uint8_t> codes, scales;

  Blocks(const std::vector<float>& x, const formats::BlockFormat& format) : codes(x.size()) {
    using namespace formats;
    const auto width = static_cast<std::size_t>(format.columns);
    const double max = decode(format.element, format.element.max_code());
    const auto amax = [&](std::size_t first, std::size_t count) {
      double largest = 0;
      for (std::size_t i = first; i < first + count; ++i) largest = std::max(largest, std::fabs(double{x[i]}));
      return largest;
    };
    const double tensor = format.tensor_scale ? amax(0, x.size()) / max / decode(e4m3, e4m3.max_code()) : 1.0;
    for (std::size_t first = 0; first < x.size(); first += width) {
      double wanted = amax(first, width) / max / tensor;
      if (*format.scale == e8m0) wanted = std::exp2(std::ceil(std::log2(wanted)));
      scales.push_back(
          static_cast<std::uint8_t>(encode(*format.scale, Rounding::nearest_even, Overflow::saturate, wanted)));
      const double scale = decode(*format.scale, scales.back()) * tensor;
      for (std::size_t i = first; i < first + width; ++i)
        codes[i] =
            static_cast<std::uint8_t>(encode(format.element, Rounding::nearest_even, Overflow::saturate, x[i] / scale));
    }
  }
};

void run_blocks(benchmark::State& state, const sim::gemm::Engine& engine, const Setting& setting,
                const formats::BlockFormat& format) {
  bench::Operands operands(setting.size);
  const Blocks a(operands.a, format), b(operands.b, format);
  const auto operand = [&](const Blocks& blocks) {
    Operand result = Operand::of_codes(blocks.codes.data(), format.element, setting.size, setting.size);
    result.scales = {.shape = {.rows = 1, .depth = format.columns, .format = format.scale},
                     .row_stride = setting.size / format.columns,
                     .depth_stride = 1,
                     .codes = blocks.scales.data()};
    return result;
  };
  run(state, engine, setting, operands, operand(a), operand(b));
}

void add(const std::string& name, const TensorCoreProduct& product, std::optional<StepRung> rung,
         const Setting& setting) {
  const std::string full_name =
      fmt::format("gemm/{}{}/{}{}{}", name, setting.values == bench::Values::log_uniform ? "-lossy" : "", setting.size,
                  setting.beside == Beside::nothing ? "/alone" : "",
                  setting.threads == 1 ? "" : fmt::format("/threads:{}", setting.threads));
  benchmark::RegisterBenchmark(full_name.c_str(), [=](benchmark::State& state) {
    run_codes(state, *sim::gemm::make_tensor_core(product, rung), setting);
  })->Unit(benchmark::kMillisecond);
}

const bool registered = [] {
  for (const std::string name : {"hopper-wgmma", "ada-mma", "hopper-mma", "blackwell-tcgen05", "blackwell-mma"})
    for (const Accumulator accumulator : {Accumulator::f32, Accumulator::f16}) {
      const TensorCoreProduct product{.architecture = name, .accumulator = accumulator};
      const std::string row = name + (accumulator == Accumulator::f16 ? "-f16" : "");
      for (const int threads : {1, 2})
        for (const Beside beside : {Beside::openblas, Beside::nothing})
          add(row, product, StepRung::fused, {.threads = threads, .beside = beside});
      if (name == "hopper-mma" || name == "blackwell-mma")  // sums of 25 bits
        add(row, product, StepRung::fused, {.values = bench::Values::log_uniform});
    }
  for (const auto& [row, format] :
       {std::pair("blackwell-mxf8f6f4", "mxfp8-e4m3"), std::pair("blackwell-mxf8f6f4", "mxfp4"),
        std::pair("blackwell-mxf4nvf4", "mxfp4"), std::pair("blackwell-mxf4nvf4", "nvfp4")})
    for (const Beside beside : {Beside::openblas, Beside::nothing}) {
      const std::string name = fmt::format("gemm/{}-{}/1024{}", row, format, beside == Beside::nothing ? "/alone" : "");
      benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
        run_blocks(state, *sim::gemm::make_tensor_core({.architecture = row}), {.beside = beside},
                   formats::block_format(format));
      })->Unit(benchmark::kMillisecond);
    }
  add("hopper-wgmma-promotion128", {.promotion = 128}, StepRung::fused, {});
  // The ladder, each rung on the widest instruction set (or the one that OCTAVO_ISA names).
  add("hopper-wgmma-rung-reference", {}, std::nullopt, {.size = 128});
  add("hopper-wgmma-rung-integer", {}, StepRung::integer, {.size = 256});
  add("hopper-wgmma-rung-fma", {}, StepRung::fma, {});
  return true;
}();

}  // namespace
