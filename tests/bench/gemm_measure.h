// What the benchmarks of matrix products share: operands, a clock, and the rates that are reported.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include "formats/encode.h"

namespace octavo::bench {

/// Standard normal; or of magnitudes from E4M3's smallest to its largest, each power of two as often, whose sums lose
/// bits to any alignment.
enum class Values { normal, log_uniform };

/// Square operands in binary32 and as E4M3 codes.
struct Operands {
  std::int64_t size;
  std::vector<float> a, b, d;
  std::vector<std::uint8_t> a_codes, b_codes;

  explicit Operands(std::int64_t n, Values kind = Values::normal)
      : size(n), a(n * n), b(n * n), d(n * n), a_codes(n * n), b_codes(n * n) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::uniform_real_distribution<float> exponent(static_cast<float>(formats::e4m3.min_quantum()),
                                                   static_cast<float>(formats::e4m3.max_exponent() + 1));
    const auto value = [&] {
      if (kind == Values::normal) return normal(random);
      return std::copysign(std::exp2(exponent(random)), random() % 2 == 0 ? 1.0f : -1.0f);
    };
    const auto fill = [&](std::vector<float>& values, std::vector<std::uint8_t>& codes) {
      for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = value();
        codes[i] = static_cast<std::uint8_t>(
            formats::encode(formats::e4m3, formats::Rounding::nearest_even, formats::Overflow::saturate, values[i]));
      }
    };
    fill(a, a_codes);
    fill(b, b_codes);
  }
};

/// Seconds on a clock: processor time of the calling thread if it works alone, so that other programs disturb little.
inline double seconds(int threads) {
  timespec time{};
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

template <typename Product>
double seconds_of(int threads, Product product) {
  const double start = seconds(threads);
  product();
  return seconds(threads) - start;
}

inline double multiply_adds(std::int64_t size) {
  return static_cast<double>(size) * static_cast<double>(size) * static_cast<double>(size);
}

/// Reports the mean rate of `product` and that of its fastest run; the first run does not count.
template <typename Product>
void measure(benchmark::State& state, std::int64_t size, int threads, Product product) {
  product();
  double fastest = std::numeric_limits<double>::infinity();
  double total = 0.0;
  for (auto _ : state) {
    const double taken = seconds_of(threads, product);
    fastest = std::min(fastest, taken);
    total += taken;
  }
  state.counters["GMAC/s"] = 1e-9 * multiply_adds(size) * static_cast<double>(state.iterations()) / total;
  state.counters["best_GMAC/s"] = 1e-9 * multiply_adds(size) / fastest;
}

/// Threads of OpenBLAS that wait for work keep the processors busy, and each other's from working, for a
/// while: up to 2^26 cycles. Before a threaded run they must have gone to sleep.
inline void wait_for_idle_threads(int threads) {
  if (threads > 1) std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

/// The same, with `baseline` run in turn with `product` so that a busy machine slows both alike: `counter` is the
/// fastest run of the baseline over that of the product.
template <typename Product, typename Baseline>
void measure_in_turn(benchmark::State& state, std::int64_t size, int threads, Product product, const char* counter,
                     Baseline baseline) {
  product();
  baseline();
  double fastest = std::numeric_limits<double>::infinity();
  double fastest_baseline = fastest;
  double total = 0.0;
  for (auto _ : state) {
    state.PauseTiming();
    wait_for_idle_threads(threads);
    state.ResumeTiming();
    const double taken = seconds_of(threads, product);
    fastest = std::min(fastest, taken);
    total += taken;
    state.PauseTiming();
    wait_for_idle_threads(threads);
    fastest_baseline = std::min(fastest_baseline, seconds_of(threads, baseline));
    state.ResumeTiming();
  }
  state.counters["GMAC/s"] = 1e-9 * multiply_adds(size) * static_cast<double>(state.iterations()) / total;
  state.counters["best_GMAC/s"] = 1e-9 * multiply_adds(size) / fastest;
  state.counters[counter] = fastest_baseline / fastest;
}

}  // namespace octavo::bench
