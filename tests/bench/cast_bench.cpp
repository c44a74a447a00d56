// Casts over spans beside a plain stream of the same traffic: cast/<what>/<size>, single-threaded.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "formats/span/cast.h"
#include "formats/span/quantize.h"
#include "machine/instruction_set.h"
#include "machine/threads.h"
#include "scaling/cast_into.h"

#if __has_include(<cuda_fp8.h>)
#define OCTAVO_HAS_CUDA_HEADERS 1
#include <cuda_fp8.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

using namespace octavo::formats;

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

/// Normal values, twice (one may be overwritten), the same in fp16 and bf16, and their codes, on pages that were
/// touched.
struct Tensor {
  std::size_t size;
  std::unique_ptr<float[], Free> x;
  std::unique_ptr<float[], Free> overwritten;
  std::unique_ptr<std::uint8_t[], Free> codes;    ///< written by every benchmark that encodes or streams
  std::unique_ptr<std::uint8_t[], Free> encoded;  ///< x as e4m3
  std::unique_ptr<FP16[], Free> half;
  std::unique_ptr<BF16[], Free> brain;
  std::vector<octavo::scaling::Scale> scales{};  ///< of blocks

  explicit Tensor(std::size_t count)
      : size(count),
        x(static_cast<float*>(std::aligned_alloc(4096, count * sizeof(float)))),
        overwritten(static_cast<float*>(std::aligned_alloc(4096, count * sizeof(float)))),
        codes(static_cast<std::uint8_t*>(std::aligned_alloc(4096, count))),
        encoded(static_cast<std::uint8_t*>(std::aligned_alloc(4096, count))),
        half(static_cast<FP16*>(std::aligned_alloc(4096, count * sizeof(FP16)))),
        brain(static_cast<BF16*>(std::aligned_alloc(4096, count * sizeof(BF16)))) {
    constexpr std::size_t kDrawn = std::size_t{1} << 16;
    std::mt19937 generator(1);
    std::normal_distribution<float> normal;
    for (std::size_t i = 0; i < count; ++i) {
      x[i] = i < kDrawn ? normal(generator) : x[i - kDrawn];
      overwritten[i] = x[i];
      half[i] = i < kDrawn ? FP16::from(x[i]) : half[i - kDrawn];
      brain[i] = i < kDrawn ? BF16::from(x[i]) : brain[i - kDrawn];
    }
    encode(e4m3, Overflow::saturate, values(), 1.0F, {encoded.get(), size});
    std::copy_n(encoded.get(), size, codes.get());
  }
  std::span<const float> values() const { return {x.get(), size}; }
  std::span<float> values_to_overwrite() { return {overwritten.get(), size}; }
  std::span<const std::uint8_t> encoded_values() const { return {encoded.get(), size}; }
  std::span<std::uint8_t> all_codes() { return {codes.get(), size}; }
  std::span<const FP16> halves() { return {half.get(), size}; }
  std::span<const BF16> brains() { return {brain.get(), size}; }
};

/// The one tensor of this size.
Tensor& tensor_of(std::size_t size) {
  static std::map<std::size_t, Tensor> tensors;
  return tensors.try_emplace(size, size).first->second;
}

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
  for (std::size_t i = 0; i < count; i += 32) {
    const auto* from = reinterpret_cast<const __m256i*>(x + i);
    const __m256i low = _mm256_or_si256(_mm256_loadu_si256(from), _mm256_loadu_si256(from + 1));
    const __m256i high = _mm256_or_si256(_mm256_loadu_si256(from + 2), _mm256_loadu_si256(from + 3));
    auto* to = reinterpret_cast<__m256i*>(out + i);
    if (stores == Stores::ordinary)
      _mm256_store_si256(to, _mm256_or_si256(low, high));
    else
      _mm256_stream_si256(to, _mm256_or_si256(low, high));
  }
}
void stream(const float* x, std::uint8_t* out, std::size_t count, Stores stores) {
  static const bool has_avx512 = octavo::machine::available(
      octavo::machine::InstructionSet::avx512);  // asking takes longer than streaming 64 Ki elements
  static const bool has_avx2 = octavo::machine::available(octavo::machine::InstructionSet::avx2);
  if (has_avx512) return stream_avx512(x, out, count, stores);
  if (has_avx2) return stream_avx2(x, out, count, stores);
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

/// The clock on the wall: a virtual machine's processor time runs short when its host takes the processor away.
double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Of one call; small tensors are worked on several times in a row, or reading the clock would be a part of the time.
template <class Work>
double seconds(std::size_t size, Work work) {
  const int calls = size < (std::size_t{1} << 20) ? 8 : 1;
  const double start = now();
  for (int call = 0; call < calls; ++call) {
    work();
    benchmark::ClobberMemory();
  }
  return (now() - start) / calls;
}

/// Times `work(tensor)` and, in turn with it, streams of the same traffic, so that a busy machine slows both alike.
/// `read` and `written` are bytes an element, over all passes. `of_stream` is the best time of streaming so much (with
/// the faster kind of stores) over the work's best.
template <class Work>
void measure(benchmark::State& state, std::size_t size, double read, double written, Work work) {
  Tensor& tensor = tensor_of(size);
  double best = std::numeric_limits<double>::infinity();
  double best_stream = best;
  for (auto _ : state) {
    best = std::min(best, seconds(size, [&] { work(tensor); }));
    state.PauseTiming();
    for (const auto stores : {Stores::ordinary, Stores::non_temporal})
      best_stream =
          std::min(best_stream, seconds(size, [&] { stream(tensor.x.get(), tensor.codes.get(), size, stores); }));
    state.ResumeTiming();
  }
  const auto count = static_cast<double>(size);
  state.counters["best_ns/element"] = 1e9 * best / count;
  state.counters["best_GB/s"] = 1e-9 * count * (read + written) / best;
  state.counters["of_stream"] = best_stream * ((read + written) / 5) / best;  // the stream moves 5 bytes an element
}

void add_all(const std::string& size_name, std::size_t size) {
  const auto add = [&](const std::string& what, double read, double written, auto work) {
    benchmark::RegisterBenchmark(fmt::format("cast/{}/{}", what, size_name).c_str(), [=](benchmark::State& state) {
      measure(state, size, read, written, work);
    })->Unit(benchmark::kMicrosecond);
  };
  const auto add_encode = [&](const std::string& what, const ElementCast& cast) {
    add("encode/" + what, 4, 1, [=](Tensor& t) { encode(cast, t.values(), t.all_codes()); });
  };
  add("stream", 4, 1, [](Tensor& t) { stream(t.x.get(), t.codes.get(), t.size, Stores::ordinary); });
  add("stream-non-temporal", 4, 1, [](Tensor& t) { stream(t.x.get(), t.codes.get(), t.size, Stores::non_temporal); });
  add_encode("e4m3", {.format = e4m3, .scale = 2});
  add_encode("e5m2", {.format = e5m2, .scale = 2});
  add_encode("e4m3fnuz", {.format = e4m3fnuz, .scale = 2});
  add_encode("e2m1", {.format = e2m1, .scale = 2});
  add_encode("int8", {.format = int8, .scale = 16});
  add_encode("e4m3-down", {.format = e4m3, .rounding = Rounding::down, .scale = 2});
  add_encode("e4m3-stochastic", {.format = e4m3, .rounding = Rounding::stochastic, .scale = 2, .random = {1, 2, 3}});
  add("encode/e4m3-from-fp16", 2, 1, [](Tensor& t) { encode(ElementCast{.scale = 2}, t.halves(), t.all_codes()); });
  add("encode/e4m3-from-bf16", 2, 1, [](Tensor& t) { encode(ElementCast{.scale = 2}, t.brains(), t.all_codes()); });
  // Just-in-time scaling: all of x must be seen before the first code, so x is read twice.
  add("amax-scale-encode/e4m3", 8, 1, [](Tensor& t) {
    const float scale = 448 / amax(t.values()).value;
    encode(ElementCast{.scale = scale}, t.values(), t.all_codes());
  });
  // Blocks: the amax and the scale of every block, and its codes. MX reads x once while a band is in the cache; NVFP4
  // reads it twice, for the tensor's amax first.
  const auto add_blocks = [&](const std::string& what, double read, double scale_bytes, const BlockFormat& format) {
    add("encode/" + what, read, 1 + scale_bytes, [=](Tensor& t) {
      constexpr std::int64_t kColumns = 1024;
      const auto rule = octavo::scaling::cast_of(format);
      const octavo::scaling::Matrix x(t.values(), kColumns, rule.granularity);
      t.scales.resize(static_cast<std::size_t>(x.scales));
      octavo::machine::use_threads(1);
      octavo::scaling::cast_into(x, rule, nullptr, {}, false, t.scales, t.all_codes());
      octavo::machine::use_threads(0);
    });
  };
  add_blocks("mxfp8-e4m3", 4, 8.0 / 32, mxfp8_e4m3);
  add_blocks("mxfp4", 4, 8.0 / 32, mxfp4);
  add_blocks("nvfp4", 8, 8.0 / 16, nvfp4);
  add("statistics/e4m3", 4, 1, [](Tensor& t) {
    benchmark::DoNotOptimize(encode_with_statistics(ElementCast{.scale = 2}, t.values(), t.all_codes()));
  });
  add("amax", 4, 0, [](Tensor& t) { benchmark::DoNotOptimize(amax(t.values())); });
  add("histogram", 4, 0, [](Tensor& t) {
    std::array<std::uint64_t, 256> counts{};
    exponent_histogram(t.values(), counts);
    benchmark::DoNotOptimize(counts);
  });
  add("round/bf16", 4, 4, [](Tensor& t) { round_values(bf16, Overflow::special, t.values_to_overwrite()); });
  add("decode/e4m3", 1, 4, [](Tensor& t) { decode(e4m3, t.encoded_values(), t.values_to_overwrite()); });
#ifdef OCTAVO_HAS_CUDA_HEADERS
  const auto add_header = [&](const std::string& what, double read, auto code) {
    add(what + "-by-cuda_fp8.h", read, 1, [=](Tensor& t) {
      for (std::size_t i = 0; i < t.size; ++i) t.codes[i] = code(t, i);
    });
  };
  add_header("encode/e4m3", 4, [](const Tensor& t, std::size_t i) {
    return __nv_cvt_float_to_fp8(t.x[i] * 2, __NV_SATFINITE, __NV_E4M3);
  });
  add_header("encode/e5m2", 4, [](const Tensor& t, std::size_t i) {
    return __nv_cvt_float_to_fp8(t.x[i] * 2, __NV_SATFINITE, __NV_E5M2);
  });
  add_header("encode/e4m3-from-fp16", 2, [](const Tensor& t, std::size_t i) {
    return __nv_cvt_halfraw_to_fp8({t.half[i].code}, __NV_SATFINITE, __NV_E4M3);
  });
  add_header("encode/e4m3-from-bf16", 2, [](const Tensor& t, std::size_t i) {
    return __nv_cvt_bfloat16raw_to_fp8({t.brain[i].code}, __NV_SATFINITE, __NV_E4M3);
  });
#endif
}

const bool registered = [] {
  add_all("64Ki", std::size_t{1} << 16);
  add_all("64M", std::size_t{1} << 26);
  return true;
}();

}  // namespace
