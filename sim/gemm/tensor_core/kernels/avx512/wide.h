// The multiply-add rungs of the tensor-core ladder with AVX-512, for sums of 25 fraction bits.
// Included by simd/tensor_core.simd.cpp only.
//
// The method of avx512/step.h in binary64: S = +-1.5 * 2^52 q with q = 2^(E-25), so that the accumulator's unit
// is q and |sum| < 2^33 q leaves room. |b| is enlarged by less than 2^-29 of itself: |p| < 2^27 q grows by less than
// q / 4, and less than its own last place, so it never reaches the next multiple of q and never is one.
// The exact sum is then cut toward zero to f32; for f16 it is first rounded to f32 with the inexact ones made odd,
// which leaves the second rounding as if it were the only one.
#pragma once

#include "sim/gemm/tensor_core/kernels/avx512/align.h"

namespace octavo::sim::gemm {
namespace {

constexpr int kWideVectors = 4;  // of an accumulator row: 32 columns at a time
constexpr int kWideColumns = 8 * kWideVectors;
constexpr double kWideScale = 0x1p27;

/// An exact sum as f32 toward zero, or rounded to odd.
template <Output output>
__m256 narrowed(__m512d sum) {
  if (output != Output::f32) {
    constexpr long long kBeyond = (1 << 29) - 1;  // bits that f32 has not
    const __m512i bits = _mm512_castpd_si512(sum);
    const __mmask8 inexact = _mm512_test_epi64_mask(bits, _mm512_set1_epi64(kBeyond));
    sum = _mm512_castsi512_pd(_mm512_mask_or_epi64(bits, inexact, bits, _mm512_set1_epi64(kBeyond + 1)));
  }
  return _mm512_cvt_roundpd_ps(sum, kTowardZero);
}

/// Sixteen exact sums into the state.
template <Output output>
void store_sums(__m512d low, __m512d high, float* state) {
  __m512 result = _mm512_insertf32x8(_mm512_castps256_ps512(narrowed<output>(low)), narrowed<output>(high), 1);
  if (output != Output::f32) result = _mm512_cvtph_ps(_mm512_cvtps_ph(result, kNearest));
  _mm512_store_ps(state, result);
}

template <int depth, Output output>
void wide_step(const StepModel& model, const BlockA<double>* a, std::int64_t groups, const BlockB<double>& b,
               float* state, bool by_addition) {
  __m512i hot[kStepRows];
  clear(hot);
  if (!by_addition)
    for (int k = 0; k < depth; k += 2) collect_exponents(*a, b, k, hot);

  for (std::int64_t group = 0; group < groups; ++group, ++a, state += kStepRows * kStepColumns) {
    alignas(64) float scaled_start[kStepRows][kStepColumns];      // S / 2^27
    alignas(64) std::uint32_t opposite[kStepRows][kStepColumns];  // units to add back
    const auto start_from = [&](int r, int v, __m512i product) {
      const __m512 c = _mm512_load_ps(state + r * kStepColumns + 16 * v);
      _mm512_store_ps(scaled_start[r] + 16 * v, sign_and_exponent<output>(product, c));
      _mm512_store_si512(opposite[r] + 16 * v,
                         count_opposite<depth>(c, _mm512_set1_epi32(static_cast<int>(a->signs[r])),
                                               _mm512_load_si512(b.signs + 16 * v)));
    };
    if (__builtin_expect(any_missing(hot), 0)) {
      __m512i product[kStepRows][kVectors];
      exponents_by_addition(model, *a, b, product);
#pragma GCC unroll 4
      for (int r = 0; r < kStepRows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) start_from(r, v, product[r][v]);
    } else {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) {
        const __m512i largest = _mm512_add_epi32(_mm512_load_si512(b.largest + 16 * v), _mm512_set1_epi32(a->largest));
#pragma GCC unroll 4
        for (int r = 0; r < kStepRows; ++r) start_from(r, v, power_by_one_hot(hot[r], v, largest));
      }
    }
    const BlockA<double>& next = group + 1 < groups ? a[1] : a[0];
    clear(hot);
    prefetch_planes<depth>(group + 2 < groups ? a[2] : a[0]);
    const auto multiply_half = [&]<int first>() {
      __m512d sum[kStepRows][kWideVectors];
      alignas(64) double wide_start[kStepRows][kWideColumns];
#pragma GCC unroll 4
      for (int r = 0; r < kStepRows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < kWideVectors; ++v) {
          const int column = first + 8 * v;
          const __m512d c = _mm512_cvtps_pd(_mm256_load_ps(state + r * kStepColumns + column));
          const __m512d scaled = _mm512_cvtps_pd(_mm256_load_ps(scaled_start[r] + column));
          _mm512_store_pd(wide_start[r] + 8 * v, scaled);
          const __m512d started = _mm512_fmadd_round_pd(scaled, _mm512_set1_pd(kWideScale), c, kTowardZero);
          const __m512i units =
              _mm512_cvtepu32_epi64(_mm256_load_si256(reinterpret_cast<const __m256i*>(opposite[r] + column)));
          sum[r][v] = _mm512_castsi512_pd(_mm512_add_epi64(_mm512_castpd_si512(started), units));
        }
      for (int k = 0; k < depth; k += 2) {
        // The next group's values (a line every two k) and sums (16 lines).
        if (first == 0) {
          __builtin_prefetch(next.values[k]);
          for (int line = 0; line < 32 / depth; ++line)
            __builtin_prefetch(state + kStepRows * kStepColumns + (k / 2 * 32 / depth + line) * 16);
        }
#pragma GCC unroll 2
        for (int i = 0; i < 2; ++i) {
          __m512d column[kWideVectors];
#pragma GCC unroll 4
          for (int v = 0; v < kWideVectors; ++v) column[v] = _mm512_load_pd(b.values[k + i] + first + 8 * v);
#pragma GCC unroll 4
          for (int r = 0; r < kStepRows; ++r) {
            const __m512d row = _mm512_set1_pd(a->values[k + i][r]);
#pragma GCC unroll 4
            for (int v = 0; v < kWideVectors; ++v)
              sum[r][v] = _mm512_fmadd_round_pd(row, column[v], sum[r][v], kTowardZero);
          }
        }
        if (first == 0 && !by_addition) collect_exponents(next, b, k, hot);
      }
#pragma GCC unroll 4
      for (int r = 0; r < kStepRows; ++r)
#pragma GCC unroll 2
        for (int v = 0; v < kWideVectors; v += 2) {
          const int at = r * kStepColumns + first + 8 * v;
          __m512d exact[2];
#pragma GCC unroll 2
          for (int i = 0; i < 2; ++i)
            exact[i] = _mm512_fnmadd_pd(_mm512_load_pd(wide_start[r] + 8 * (v + i)), _mm512_set1_pd(kWideScale),
                                        sum[r][v + i]);
          store_sums<output>(exact[0], exact[1], state + at);
        }
    };
    multiply_half.template operator()<0>();
    multiply_half.template operator()<kWideColumns>();
  }
}

template <bool by_addition>
void run_wide(const StepModel& model, const void* a_blocks, std::int64_t groups, const void* b_block, float* state) {
  const auto* a = static_cast<const BlockA<double>*>(a_blocks);
  const auto& b = *static_cast<const BlockB<double>*>(b_block);
  with_constants(
      model, [&]<int depth, Output output>() { wide_step<depth, output>(model, a, groups, b, state, by_addition); });
}

constexpr TensorCoreStep kWideFma{sizeof(BlockA<double>), sizeof(BlockB<double>), expand_a<double>, expand_b<double>,
                                  run_wide<true>};
constexpr TensorCoreStep kWideFused{sizeof(BlockA<double>), sizeof(BlockB<double>), expand_a<double>, expand_b<double>,
                                    run_wide<false>};

}  // namespace
}  // namespace octavo::sim::gemm
