// Matrix products by engine, packing of both operands included, beside OpenBLAS: gemm/<engine>/<size>[/threads:<n>].
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>

#include "machine/threads.h"
#include "sim/gemm/catalog/engines.h"
#include "tests/bench/gemm_measure.h"

#ifdef OCTAVO_HAS_OPENBLAS
#include <cblas.h>
#endif

namespace {

using namespace octavo;
using sim::gemm::Operand;
using sim::gemm::Side;

using bench::measure;
using bench::Operands;

enum class Source { values, codes };

void run_engine(benchmark::State& state, const char* name, Source source, std::int64_t size, int threads) {
  Operands operands(size);
  machine::use_threads(threads);
  const auto engine = sim::gemm::make_engine({std::string(name)});
  const bool codes = source == Source::codes;
  const Operand a = codes ? Operand::of_codes(operands.a_codes.data(), formats::e4m3, size, size)
                          : Operand::of_values(operands.a.data(), size, size);
  const Operand b = codes ? Operand::of_codes(operands.b_codes.data(), formats::e4m3, size, size)
                          : Operand::of_values(operands.b.data(), size, size);
  measure(state, size, threads, [&] {
    engine->multiply(*engine->pack(Side::a, a), *engine->pack(Side::b, b), operands.d.data(), size);
    benchmark::DoNotOptimize(operands.d.data());
  });
}

#ifdef OCTAVO_HAS_OPENBLAS
void run_openblas(benchmark::State& state, std::int64_t size, int threads) {
  Operands operands(size);
  openblas_set_num_threads(threads);
  const auto n = static_cast<blasint>(size);
  measure(state, size, threads, [&] {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, n, n, 1.0f, operands.a.data(), n, operands.b.data(), n,
                0.0f, operands.d.data(), n);
    benchmark::DoNotOptimize(operands.d.data());
  });
}
#endif

/// Codes are named by their format: gemm/fp32-e4m3 decodes E4M3 codes and multiplies in binary32.
const bool registered = [] {
  for (const std::int64_t size : {256, 1024}) {
    for (const int threads : {1, 2}) {
      const std::string tail = fmt::format("/{}{}", size, threads == 1 ? "" : fmt::format("/threads:{}", threads));
      const auto add = [&](const std::string& name, auto run) {
        benchmark::RegisterBenchmark(("gemm/" + name + tail).c_str(), run)->Unit(benchmark::kMillisecond);
      };
#ifdef OCTAVO_HAS_OPENBLAS
      add("openblas", [=](benchmark::State& state) { run_openblas(state, size, threads); });
#endif
      for (const char* name : {"fp32", "eigen"})
        add(name, [=](benchmark::State& state) { run_engine(state, name, Source::values, size, threads); });
      add("fp32-e4m3", [=](benchmark::State& state) { run_engine(state, "fp32", Source::codes, size, threads); });
    }
  }
  return true;
}();

}  // namespace
