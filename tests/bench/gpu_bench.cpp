// FP8 casts and products on the GPU: the fused casts, and the chained wgmma kernel beside cuBLASLt,
// gpu/<kernel>/<size>. None where there is no GPU.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "cuda/gpu.h"

namespace {

using namespace octavo;

constexpr int kRepetitions = 20;

/// Finite E4M3 codes of ordinary size: power, and with it the clock, depends on the operands.
std::vector<std::uint8_t> codes(std::int64_t count) {
  std::mt19937 random(1);
  std::vector<std::uint8_t> all;
  for (std::int64_t i = 0; i < count; ++i)
    all.push_back(static_cast<std::uint8_t>((0x28u + random() % 0x18u) | (random() & 0x80u)));
  return all;
}

using Seconds =
    std::function<double(cuda::Gpu&, const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b)>;

void measure(benchmark::State& state, std::int64_t size, const Seconds& seconds) {
  const std::unique_ptr<cuda::Gpu> gpu = cuda::open_gpu();
  const std::vector<std::uint8_t> operand = codes(size * size);
  for (auto _ : state) state.SetIterationTime(seconds(*gpu, operand, operand));
  const double flop = 2.0 * static_cast<double>(size) * static_cast<double>(size) * static_cast<double>(size);
  state.counters["TFLOP/s"] = benchmark::Counter(flop * 1e-12, benchmark::Counter::kIsIterationInvariantRate);
}

/// One pass over size x size f32; `bytes` of each element are read and written.
void measure_pass(benchmark::State& state, std::int64_t size, cuda::Gpu::Pass pass, int bytes) {
  const std::unique_ptr<cuda::Gpu> gpu = cuda::open_gpu();
  std::mt19937 random(1);
  std::vector<float> x;
  for (std::int64_t i = 0; i < size * size; ++i) x.push_back(static_cast<float>(random()) * 0x1p-32F - 0.5F);
  for (auto _ : state) state.SetIterationTime(gpu->cast_seconds(pass, x, size, size, kRepetitions));
  state.counters["TB/s"] = benchmark::Counter(static_cast<double>(size) * static_cast<double>(size) * bytes * 1e-12,
                                              benchmark::Counter::kIsIterationInvariantRate);
}

const bool registered = [] {
  if (!cuda::why_no_gpu().empty()) return false;
  const auto add = [](const std::string& name, std::int64_t size, const Seconds& seconds) {
    benchmark::RegisterBenchmark(fmt::format("gpu/{}/{}", name, size).c_str(),
                                 [=](benchmark::State& state) { measure(state, size, seconds); })
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond);
  };
  using Pass = cuda::Gpu::Pass;
  struct Cast {
    const char* name;
    Pass pass;
    int bytes;
  };
  for (const Cast& one : {Cast{"amax", Pass::amax, 4}, Cast{"cast", Pass::cast, 5},
                          Cast{"cast-transposed", Pass::cast_transposed, 6}, Cast{"block-cast", Pass::block_cast, 5}})
    benchmark::RegisterBenchmark(fmt::format("gpu/{}/4096", one.name).c_str(),
                                 [=](benchmark::State& state) { measure_pass(state, 4096, one.pass, one.bytes); })
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond);
  for (const std::int64_t size : {1024, 4096, 8192}) {
    for (const bool fast : {true, false}) {
      add(fast ? "gemm-wgmma" : "gemm-wgmma-promotion128", size, [=](cuda::Gpu& gpu, const auto& a, const auto& b) {
        return gpu.gemm_seconds(fast ? 0 : 128, a, b, size, size, size, kRepetitions);
      });
      add(fast ? "cublaslt-fast-accum" : "cublaslt-split-accum", size,
          [=](cuda::Gpu& gpu, const auto& a, const auto& b) {
            const cuda::LibraryProduct product{.fast_accumulation = fast, .m = size, .n = size, .k = size};
            return gpu.library_seconds(product, a, b, kRepetitions);
          });
    }
  }
  return true;
}();

}  // namespace
