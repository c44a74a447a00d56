// Casts over spans beside a plain stream of the same traffic: cast/<what>/<size>, single-threaded.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <memory>
#include <random>
#include <span>
#include <string>

#include "formats/instruction_set.h"
#include "formats/quantize.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

using namespace octavo::formats;

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

/// Normal values and their codes, on pages that were touched.
struct Tensor {
  std::size_t size;
  std::unique_ptr<float[], Free> x;
  std::unique_ptr<std::uint8_t[], Free> codes;

  explicit Tensor(std::size_t count)
      : size(count),
        x(static_cast<float*>(std::aligned_alloc(4096, count * sizeof(float)))),
        codes(static_cast<std::uint8_t*>(std::aligned_alloc(4096, count))) {
    constexpr std::size_t kDrawn = std::size_t{1} << 16;
    std::mt19937 generator(1);
    std::normal_distribution<float> normal;
    for (std::size_t i = 0; i < count; ++i) x[i] = i < kDrawn ? normal(generator) : x[i - kDrawn];
    encode(e4m3, Overflow::saturate, values(), 1.0F, all_codes());
  }
  std::span<float> values() { return {x.get(), size}; }
  std::span<std::uint8_t> all_codes() { return {codes.get(), size}; }
};

// Reads 4n bytes and writes n, by the widest registers; count is a multiple of 64.
enum class Stores { ordinary, non_temporal };
#if defined(__x86_64__)
__attribute__((target("avx512f"))) void stream_avx512(const float* x, std::uint8_t* out, std::size_t count,
                                                      Stores stores) {
  for (std::size_t i = 0; i < count; i += 64) {
    const __m512i low = _mm512_or_si512(_mm512_loadu_si512(x + i), _mm512_loadu_si512(x + i + 16));
    const __m512i high = _mm512_or_si512(_mm512_loadu_si512(x + i + 32), _mm512_loadu_si512(x + i + 48));
    auto* to = reinterpret_cast<__m512i*>(out + i);
    if (stores == Stores::ordinary)
      _mm512_store_si512(to, _mm512_or_si512(low, high));
    else
      _mm512_stream_si512(to, _mm512_or_si512(low, high));
  }
}
__attribute__((target("avx2"))) void stream_avx2(const float* x, std::uint8_t* out, std::size_t count, Stores stores) {
  const auto load = [](const float* from) __attribute__((target("avx2"))) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  };
  for (std::size_t i = 0; i < count; i += 32) {
    const __m256i low = _mm256_or_si256(load(x + i), load(x + i + 8));
    const __m256i high = _mm256_or_si256(load(x + i + 16), load(x + i + 24));
    auto* to = reinterpret_cast<__m256i*>(out + i);
    if (stores == Stores::ordinary)
      _mm256_store_si256(to, _mm256_or_si256(low, high));
    else
      _mm256_stream_si256(to, _mm256_or_si256(low, high));
  }
}
void stream(const float* x, std::uint8_t* out, std::size_t count, Stores stores) {
  if (available(InstructionSet::avx512)) return stream_avx512(x, out, count, stores);
  if (available(InstructionSet::avx2)) return stream_avx2(x, out, count, stores);
  for (std::size_t i = 0; i < count; i += 16) {
    const auto* from = reinterpret_cast<const __m128i*>(x + i);
    const __m128i low = _mm_or_si128(_mm_loadu_si128(from), _mm_loadu_si128(from + 1));
    const __m128i high = _mm_or_si128(_mm_loadu_si128(from + 2), _mm_loadu_si128(from + 3));
    auto* to = reinterpret_cast<__m128i*>(out + i);
    if (stores == Stores::ordinary)
      _mm_store_si128(to, _mm_or_si128(low, high));
    else
      _mm_stream_si128(to, _mm_or_si128(low, high));
  }
}
#else
void stream(const float* x, std::uint8_t* out, std::size_t count, Stores) {
  for (std::size_t i = 0; i < count; ++i) out[i] = x[i] < 0 ? 1 : 0;
}
#endif

/// Processor time of this thread: other programs disturb it less than the clock on the wall.
double now() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

template <class Work>
double seconds(Work work) {
  const double start = now();
  work();
  benchmark::ClobberMemory();
  return now() - start;
}

/// Times `work(tensor)` and, in turn with it, the stream, so that a busy machine slows both alike. `of_stream` is the
/// stream's best time, with the faster kind of stores, over the work's best.
template <class Work>
void measure(benchmark::State& state, std::size_t size, double bytes_per_element, Work work) {
  Tensor tensor(size);
  double best = std::numeric_limits<double>::infinity();
  double best_stream = best;
  for (auto _ : state) {
    best = std::min(best, seconds([&] { work(tensor); }));
    state.PauseTiming();
    for (const auto stores : {Stores::ordinary, Stores::non_temporal})
      best_stream = std::min(best_stream, seconds([&] { stream(tensor.x.get(), tensor.codes.get(), size, stores); }));
    state.ResumeTiming();
  }
  const auto count = static_cast<double>(size);
  state.counters["best_ns/element"] = 1e9 * best / count;
  state.counters["best_GB/s"] = 1e-9 * count * bytes_per_element / best;
  state.counters["of_stream"] = best_stream / best;
}

void add_all(const std::string& size_name, std::size_t size) {
  const auto add = [&](const std::string& what, double bytes, auto work) {
    benchmark::RegisterBenchmark(fmt::format("cast/{}/{}", what, size_name).c_str(), [=](benchmark::State& state) {
      measure(state, size, bytes, work);
    })->Unit(benchmark::kMicrosecond);
  };
  add("stream", 5, [](Tensor& t) { stream(t.x.get(), t.codes.get(), t.size, Stores::ordinary); });
  add("stream-non-temporal", 5, [](Tensor& t) { stream(t.x.get(), t.codes.get(), t.size, Stores::non_temporal); });
  add("encode/e4m3", 5, [](Tensor& t) { encode(e4m3, Overflow::saturate, t.values(), 2.0F, t.all_codes()); });
  add("encode/e5m2fnuz", 5, [](Tensor& t) { encode(e5m2fnuz, Overflow::special, t.values(), 2.0F, t.all_codes()); });
  add("statistics/e4m3", 5, [](Tensor& t) {
    benchmark::DoNotOptimize(encode_with_statistics(e4m3, Overflow::saturate, t.values(), 2.0F, t.all_codes()));
  });
  add("amax", 4, [](Tensor& t) { benchmark::DoNotOptimize(amax(t.values())); });
  add("histogram", 4, [](Tensor& t) {
    std::array<std::uint64_t, 256> counts{};
    exponent_histogram(t.values(), counts);
    benchmark::DoNotOptimize(counts);
  });
  add("round/bf16", 8, [](Tensor& t) { round_values(bf16, Overflow::special, t.values()); });
  add("decode/e4m3", 5, [](Tensor& t) { decode(e4m3, t.all_codes(), t.values()); });
}

const bool registered = [] {
  add_all("64Ki", std::size_t{1} << 16);
  add_all("64M", std::size_t{1} << 26);
  return true;
}();

}  // namespace
