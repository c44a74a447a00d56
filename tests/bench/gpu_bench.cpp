// FP8 casts and products on the GPU: the fused casts, and the chained wgmma kernel beside cuBLASLt, as gpu_plan.h lists
// them. A fixed number of launches, whatever they take. None where there is no GPU.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "cuda/gpu.h"
#include "messages/error.h"
#include "tests/bench/gpu_plan.h"

namespace {

using namespace octavo;
using bench::GpuLine;
using bench::GpuWork;

/// Finite E4M3 codes of ordinary size: power, and with it the clock, depends on the operands.
const std::vector<std::uint8_t>& codes(std::int64_t count) {
  static std::map<std::int64_t, std::vector<std::uint8_t>> made;
  std::vector<std::uint8_t>& all = made[count];
  if (!all.empty()) return all;
  std::mt19937 random(1);
  all.resize(static_cast<std::size_t>(count));
  for (std::uint8_t& code : all) {
    const std::uint32_t bits = random();
    code = static_cast<std::uint8_t>((0x28u + (bits >> 8) % 0x18u) | (bits & 0x80u));
  }
  return all;
}

const std::vector<float>& values(std::int64_t count) {
  static std::map<std::int64_t, std::vector<float>> made;
  std::vector<float>& all = made[count];
  if (!all.empty()) return all;
  std::mt19937 random(1);
  all.resize(static_cast<std::size_t>(count));
  for (float& value : all) value = static_cast<float>(random()) * 0x1p-32F - 0.5F;
  return all;
}

/// Mean seconds of a launch of one batch.
double batch(cuda::Gpu& gpu, const GpuLine& line) {
  using Pass = cuda::Gpu::Pass;
  const std::int64_t n = line.size;
  const auto cast = [&](Pass pass) { return gpu.cast_seconds(pass, values(n * n), n, n, bench::kRepetitions); };
  const auto chained = [&](std::int64_t promotion) {
    return gpu.gemm_seconds(promotion, codes(n * n), codes(n * n), n, n, n, bench::kRepetitions);
  };
  const auto library = [&](bool fast) {
    const cuda::LibraryProduct product{.fast_accumulation = fast, .m = n, .n = n, .k = n};
    return gpu.library_seconds(product, codes(n * n), codes(n * n), bench::kRepetitions);
  };
  switch (line.work) {
    case GpuWork::amax:
      return cast(Pass::amax);
    case GpuWork::cast:
      return cast(Pass::cast);
    case GpuWork::cast_transposed:
      return cast(Pass::cast_transposed);
    case GpuWork::block_cast:
      return cast(Pass::block_cast);
    case GpuWork::chained:
      return chained(0);
    case GpuWork::chained_promoted:
      return chained(128);
    case GpuWork::fast:
      return library(true);
    case GpuWork::split:
      return library(false);
  }
  return 0;
}

void measure(benchmark::State& state, const GpuLine& line) {
  const std::unique_ptr<cuda::Gpu> gpu = cuda::open_gpu();
  if (line.library() && gpu->device().cublaslt.empty()) {
    state.SkipWithError("libcublasLt is not to be found");
    return;
  }
  std::array<double, bench::kBatches> seconds{};
  for (auto _ : state) {
    try {
      for (double& one : seconds) one = batch(*gpu, line);
    } catch (const Error& error) {  // the lines after it are measured all the same
      state.SkipWithError(error.what());
      return;
    }
    std::ranges::sort(seconds);
    state.SetIterationTime(seconds[seconds.size() / 2]);
  }
  const double median = seconds[seconds.size() / 2];
  const bench::GpuPeak peak = bench::gpu_peak(gpu->device().name);
  if (line.product())
    state.counters["TFLOP/s"] = line.flop() * 1e-12 / median;
  else
    state.counters["TB/s"] = line.bytes() * 1e-12 / median;
  if (peak.flop_per_second > 0) state.counters["of-bound"] = bench::bound_seconds(line, peak) / median;
  state.counters["fastest-us"] = seconds.front() * 1e6;
  state.counters["slowest-us"] = seconds.back() * 1e6;
}

const bool registered = [] {
  if (!cuda::why_no_gpu().empty()) return false;
  for (const GpuLine& line : bench::gpu_lines())
    benchmark::RegisterBenchmark(line.name.c_str(), [=](benchmark::State& state) { measure(state, line); })
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(benchmark::kMicrosecond);
  return true;
}();

}  // namespace
