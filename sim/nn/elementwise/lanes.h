// The 16 lanes in which rows are summed, as wide as the registers, since compilers split wider vectors badly; only the
// *.simd.cpp files of this folder include this.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#if defined(OCTAVO_ISA_avx512) || defined(OCTAVO_ISA_avx2)
#include <immintrin.h>
#endif

namespace octavo::sim::nn {
namespace {

constexpr int kLanes = 16;  // the same in every build: they decide the bits of the sums
#if defined(OCTAVO_ISA_avx512)
constexpr int kWidth = 16;
#elif defined(OCTAVO_ISA_avx2)
constexpr int kWidth = 8;
#else
constexpr int kWidth = 4;
#endif

typedef float FloatVector __attribute__((vector_size(kWidth * sizeof(float))));
typedef std::int32_t IntVector __attribute__((vector_size(kWidth * sizeof(float))));
typedef double DoubleVector __attribute__((vector_size(kWidth / 2 * sizeof(double))));
typedef std::int64_t LongVector __attribute__((vector_size(kWidth / 2 * sizeof(double))));

/// Sixteen numbers, in registers once the loops over their parts are unrolled, which GCC has to be told.
struct Floats {
  static constexpr int kParts = kLanes / kWidth;
  FloatVector part[kParts];
};
struct Doubles {
  static constexpr int kParts = 2 * kLanes / kWidth;
  DoubleVector part[kParts];
};

/// Not = {}: GCC fills that in memory.
template <class Lanes>
[[gnu::always_inline]] inline Lanes zeros() {
  Lanes lanes;
#pragma GCC unroll 8
  for (int p = 0; p < Lanes::kParts; ++p) lanes.part[p] = std::remove_reference_t<decltype(lanes.part[p])>{};
  return lanes;
}

/// Numbers 16 - n to 32 - n of it begin with n that are all ones.
template <class Int>
constexpr Int kOnesThenZeros[2 * kLanes] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};

/// The part's lanes among the first n < 16 of all.
template <class Vector, class Int>
[[gnu::always_inline]] inline Vector among_first(std::int64_t n, int part) {
  constexpr int width = sizeof(Vector) / sizeof(Int);
  Vector mask;
  __builtin_memcpy(&mask, kOnesThenZeros<Int> + kLanes - n + part * width, sizeof mask);
  return mask;
}

/// `filler` from the n-th lane on.
[[gnu::always_inline]] inline Floats first_of(Floats x, std::int64_t n, float filler = 0.0F) {
  const FloatVector other = FloatVector{} + filler;
#pragma GCC unroll 8
  for (int p = 0; p < Floats::kParts; ++p) x.part[p] = among_first<IntVector, std::int32_t>(n, p) ? x.part[p] : other;
  return x;
}
[[gnu::always_inline]] inline Doubles first_of(Doubles x, std::int64_t n) {
#pragma GCC unroll 8
  for (int p = 0; p < Doubles::kParts; ++p)
    x.part[p] = among_first<LongVector, std::int64_t>(n, p) ? x.part[p] : DoubleVector{};
  return x;
}

[[gnu::always_inline]] inline Floats load(const float* x) {
  Floats lanes;
#pragma GCC unroll 8
  for (int p = 0; p < Floats::kParts; ++p) __builtin_memcpy(&lanes.part[p], x + p * kWidth, sizeof lanes.part[p]);
  return lanes;
}
[[gnu::always_inline]] inline void store(float* x, const Floats& lanes) {
#pragma GCC unroll 8
  for (int p = 0; p < Floats::kParts; ++p) __builtin_memcpy(x + p * kWidth, &lanes.part[p], sizeof lanes.part[p]);
}

/// The first n < 16 of x, then zeros. With AVX2 and AVX-512 not by way of memory: a vector load of what was just stored
/// a number at a time waits for all of it, which on short rows takes longer than everything else.
[[gnu::always_inline]] inline Floats load_first(const float* x, std::int64_t n) {
  Floats lanes = zeros<Floats>();
#if defined(OCTAVO_ISA_avx512)
  lanes.part[0] = _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1u), x);
#elif defined(OCTAVO_ISA_avx2)
#pragma GCC unroll 8
  for (int p = 0; p < Floats::kParts; ++p)
    lanes.part[p] = _mm256_maskload_ps(x + p * kWidth, (__m256i)among_first<IntVector, std::int32_t>(n, p));
#else
  __builtin_memcpy(&lanes, x, static_cast<std::size_t>(n) * sizeof(float));
#endif
  return lanes;
}

/// x[0..n) from the first n < 16 lanes.
[[gnu::always_inline]] inline void store_first(float* x, const Floats& lanes, std::int64_t n) {
  float values[kLanes];
  store(values, lanes);
  const float* from = values;
  if ((n & 8) != 0) __builtin_memcpy(x, from, 8 * sizeof(float)), x += 8, from += 8;
  if ((n & 4) != 0) __builtin_memcpy(x, from, 4 * sizeof(float)), x += 4, from += 4;
  if ((n & 2) != 0) __builtin_memcpy(x, from, 2 * sizeof(float)), x += 2, from += 2;
  if ((n & 1) != 0) *x = *from;
}

/// Calls add with 16 elements of each row, from the first to the n-th, the last ones filled up with zeros.
template <class Add, class... Row>
[[gnu::always_inline]] inline void for_each_piece(std::int64_t n, const Add& add, const Row*... rows) {
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) add(load(rows + i)...);
  if (i < n) add(load_first(rows + i, n - i)...);
}

/// Halves of a vector, of half its width.
template <class Vector, std::size_t... i>
[[gnu::always_inline]] inline auto lower_half(Vector x, std::index_sequence<i...>) {
  return __builtin_shufflevector(x, x, static_cast<int>(i)...);
}
template <class Vector, std::size_t... i>
[[gnu::always_inline]] inline auto upper_half(Vector x, std::index_sequence<i...>) {
  return __builtin_shufflevector(x, x, static_cast<int>(i + sizeof...(i))...);
}

#if defined(OCTAVO_ISA_avx512)
[[gnu::always_inline]] inline DoubleVector widen_lower(FloatVector x) {
  return _mm512_cvtps_pd(_mm512_castps512_ps256(x));
}
[[gnu::always_inline]] inline DoubleVector widen_upper(FloatVector x) {
  return _mm512_cvtps_pd(_mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(x), 1)));
}
#elif defined(OCTAVO_ISA_avx2)  // GCC takes __builtin_convertvector apart
[[gnu::always_inline]] inline DoubleVector widen_lower(FloatVector x) {
  return _mm256_cvtps_pd(_mm256_castps256_ps128(x));
}
[[gnu::always_inline]] inline DoubleVector widen_upper(FloatVector x) {
  return _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1));
}
#else
[[gnu::always_inline]] inline DoubleVector widen_lower(FloatVector x) {
  return DoubleVector{static_cast<double>(x[0]), static_cast<double>(x[1])};
}
[[gnu::always_inline]] inline DoubleVector widen_upper(FloatVector x) {
  return DoubleVector{static_cast<double>(x[2]), static_cast<double>(x[3])};
}
#endif

[[gnu::always_inline]] inline Doubles widen(const Floats& x) {
  Doubles result;
#pragma GCC unroll 8
  for (int p = 0; p < Floats::kParts; ++p) {
    result.part[2 * p] = widen_lower(x.part[p]);
    result.part[2 * p + 1] = widen_upper(x.part[p]);
  }
  return result;
}

template <int width, class Vector, class Join>
[[gnu::always_inline]] inline auto fold(Vector x, const Join& join) {
  if constexpr (width == 2) {
    return join(x[0], x[1]);
  } else {
    constexpr std::make_index_sequence<width / 2> half{};
    return fold<width / 2>(join(lower_half(x, half), upper_half(x, half)), join);
  }
}

template <int first, int step, class Lanes, class Join>
[[gnu::always_inline]] inline auto fold_parts(const Lanes& all, const Join& join) {
  if constexpr (step == Lanes::kParts)
    return all.part[first];
  else
    return join(fold_parts<first, 2 * step>(all, join), fold_parts<first + step, 2 * step>(all, join));
}

/// join of lanes 8 apart, then 4, 2 and 1.
template <class Lanes, class Join>
[[gnu::always_inline]] inline auto tree(const Lanes& all, const Join& join) {
  return fold<kLanes / Lanes::kParts>(fold_parts<0, 1>(all, join), join);
}
template <class Lanes>
[[gnu::always_inline]] inline auto tree_sum(const Lanes& all) {
  return tree(all, [](auto a, auto b) { return a + b; });
}

}  // namespace
}  // namespace octavo::sim::nn
