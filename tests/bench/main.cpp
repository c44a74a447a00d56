// octavo_bench: says what runs, then runs the benchmarks. --gpu-plan: what those of a GPU would be, without one.
#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "machine/instruction_set.h"
#include "messages/error.h"
#include "tests/bench/gpu_plan.h"

#ifdef OCTAVO_HAS_OPENBLAS
#include <cblas.h>
#endif

namespace {

#ifdef OCTAVO_HAS_OPENBLAS
/// OpenBLAS reads these before main; an old kernel halves the baseline, and every ratio to it doubles.
void warn_of_forced_openblas() {
  for (const char* variable : {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"})
    if (const char* value = std::getenv(variable))
      fmt::print(stderr, "warning: {}={} is set: the baseline is not OpenBLAS at its best; unset it\n", variable,
                 value);
}
#endif

}  // namespace

int main(int argc, char** argv) try {
  if (argc == 2 && std::string_view(argv[1]) == "--gpu-plan") {
    fmt::print("{}", octavo::bench::gpu_plan_text());
    return 0;
  }
  benchmark::AddCustomContext("octavo_instruction_set",
                              std::string(octavo::machine::name(octavo::machine::instruction_set())));
#ifdef OCTAVO_HAS_OPENBLAS
  warn_of_forced_openblas();
  benchmark::AddCustomContext("openblas_kernel", openblas_get_corename());
  benchmark::AddCustomContext("openblas_config", openblas_get_config());
#endif
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
} catch (const octavo::Error& error) {
  fmt::print(stderr, "octavo_bench: {}\n", error.what());
  return 1;
}
