// Products on simulated tensor cores, packing from codes included:
// gemm/<architecture>[-f16][-lossy]/<size>[/threads:<n>], lossy of log-uniform operands, each measured in turn with
// OpenBLAS (`of_openblas`), or with nothing beside it where the name ends in `/alone` (thread_scaling.py); and the
// rungs of the kernels' ladder, gemm/<rung>/<size>.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <optional>
#include <string>

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

void run(benchmark::State& state, const sim::gemm::Engine& engine, const Setting& setting) {
  const auto [size, threads, beside, values] = setting;
  bench::Operands operands(size, values);
  machine::use_threads(threads);
  const Operand a = Operand::of_codes(operands.a_codes.data(), formats::e4m3, size, size);
  const Operand b = Operand::of_codes(operands.b_codes.data(), formats::e4m3, size, size);
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

void add(const std::string& name, const TensorCoreProduct& product, std::optional<StepRung> rung,
         const Setting& setting) {
  const std::string full_name =
      fmt::format("gemm/{}{}/{}{}{}", name, setting.values == bench::Values::log_uniform ? "-lossy" : "", setting.size,
                  setting.beside == Beside::nothing ? "/alone" : "",
                  setting.threads == 1 ? "" : fmt::format("/threads:{}", setting.threads));
  benchmark::RegisterBenchmark(full_name.c_str(), [=](benchmark::State& state) {
    run(state, *sim::gemm::make_tensor_core(product, rung), setting);
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
  add("hopper-wgmma-promotion128", {.promotion = 128}, StepRung::fused, {});
  // The ladder, each rung on the widest instruction set (or the one that OCTAVO_ISA names).
  add("hopper-wgmma-rung-reference", {}, std::nullopt, {.size = 128});
  add("hopper-wgmma-rung-integer", {}, StepRung::integer, {.size = 256});
  add("hopper-wgmma-rung-fma", {}, StepRung::fma, {});
  return true;
}();

}  // namespace
