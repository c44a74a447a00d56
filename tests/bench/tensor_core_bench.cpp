// Products on simulated tensor cores, packing from codes included: gemm/<architecture>[-f16]/<size>[/threads:<n>],
// each measured in turn with OpenBLAS (`of_openblas`); and the rungs of the kernels' ladder, gemm/<rung>/<size>.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <omp.h>

#include <optional>
#include <string>

#include "sim/gemm/tensor_core_engine.h"
#include "tests/bench/gemm_measure.h"

#ifdef OCTAVO_HAS_OPENBLAS
#include <cblas.h>
#endif

namespace {

using namespace octavo;
using sim::gemm::Accumulator;
using sim::gemm::Operand;
using sim::gemm::Product;
using sim::gemm::Side;
using sim::gemm::StepRung;

void run(benchmark::State& state, const sim::gemm::Engine& engine, std::int64_t size, int threads) {
  bench::Operands operands(size);
  omp_set_num_threads(threads);
  const Operand a = Operand::of_codes(operands.a_codes.data(), formats::e4m3, size, size);
  const Operand b = Operand::of_codes(operands.b_codes.data(), formats::e4m3, size, size);
  const auto product = [&] {
    engine.multiply(*engine.pack(Side::a, a), *engine.pack(Side::b, b), operands.d.data(), size);
    benchmark::DoNotOptimize(operands.d.data());
  };
#ifdef OCTAVO_HAS_OPENBLAS
  openblas_set_num_threads(threads);
  const auto n = static_cast<blasint>(size);
  bench::measure_in_turn(state, size, threads, product, "of_openblas", [&] {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, n, n, 1.0f, operands.a.data(), n, operands.b.data(), n,
                0.0f, operands.d.data(), n);
    benchmark::DoNotOptimize(operands.d.data());
  });
#else
  bench::measure(state, size, threads, product);
#endif
}

void add(const std::string& name, const Product& product, std::optional<StepRung> rung, std::int64_t size,
         int threads) {
  const std::string tail = threads == 1 ? "" : fmt::format("/threads:{}", threads);
  benchmark::RegisterBenchmark(fmt::format("gemm/{}/{}{}", name, size, tail).c_str(), [=](benchmark::State& state) {
    run(state, *sim::gemm::make_tensor_core(product, rung), size, threads);
  })->Unit(benchmark::kMillisecond);
}

const bool registered = [] {
  for (const char* name : {"hopper-wgmma", "ada-mma", "hopper-mma", "blackwell-tcgen05", "blackwell-mma"})
    for (const Accumulator accumulator : {Accumulator::f32, Accumulator::f16})
      for (const int threads : {1, 2})
        add(std::string(name) + (accumulator == Accumulator::f16 ? "-f16" : ""),
            {.architecture = name, .accumulator = accumulator}, StepRung::fused, 1024, threads);
  add("hopper-wgmma-promotion128", {.promotion = 128}, StepRung::fused, 1024, 1);
  // The ladder, each rung on the widest instruction set (or the one that OCTAVO_ISA names).
  add("hopper-wgmma-rung-reference", {}, std::nullopt, 128, 1);
  add("hopper-wgmma-rung-integer", {}, StepRung::integer, 256, 1);
  add("hopper-wgmma-rung-fma", {}, StepRung::fma, 1024, 1);
  return true;
}();

}  // namespace
