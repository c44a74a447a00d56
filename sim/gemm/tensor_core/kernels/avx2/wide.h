// The multiply-add rungs of the tensor-core ladder with AVX2, for sums of 25 fraction bits: the method of
// avx512/wide.h, whose first lines explain it. Included by simd/tensor_core.simd.cpp only.
#pragma once

#include "sim/gemm/tensor_core/kernels/avx2/align.h"

namespace octavo::sim::gemm {
namespace {

constexpr double kWideScale = 0x1p27;

__m256d wide_low(__m256 x) { return _mm256_cvtps_pd(_mm256_castps256_ps128(x)); }
__m256d wide_high(__m256 x) { return _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1)); }

/// S + c with the units for the products of the other sign counted in.
__m256d wide_start(__m256d scaled, __m256d c, __m128i units) {
  const __m256d started = _mm256_fmadd_pd(scaled, _mm256_set1_pd(kWideScale), c);
  return _mm256_castsi256_pd(_mm256_add_epi64(_mm256_castpd_si256(started), _mm256_cvtepu32_epi64(units)));
}

/// The exact sum from its accumulator, as f32 toward zero, or rounded to odd.
template <Output output>
__m128 narrowed(__m256d accumulator, __m256d scaled) {
  __m256d sum = _mm256_fnmadd_pd(scaled, _mm256_set1_pd(kWideScale), accumulator);
  if (output != Output::f32) {
    constexpr long long kBeyond = (1 << 29) - 1;  // bits that f32 has not
    const __m256i bits = _mm256_castpd_si256(sum);
    const __m256i beyond = _mm256_and_si256(bits, _mm256_set1_epi64x(kBeyond));
    const __m256i exact = _mm256_cmpeq_epi64(beyond, _mm256_setzero_si256());
    sum = _mm256_castsi256_pd(_mm256_or_si256(bits, _mm256_andnot_si256(exact, _mm256_set1_epi64x(kBeyond + 1))));
  }
  return _mm256_cvtpd_ps(sum);
}

/// One row group. MXCSR rounds toward zero.
template <int depth, Output output>
void multiply_group(const StepModel& model, const BlockA<double>& a, const BlockB<double>& b, float* state,
                    bool by_addition) {
  alignas(32) float scaled_start[kStepRows][kStepColumns];  // S / 2^27
  alignas(32) double started[kStepRows][kStepColumns];
  start_all<depth>(model, a, b, by_addition, [&](int r, int column, __m256i product) {
    const __m256i c = load(state + r * kStepColumns + column);
    const __m256 scaled = scaled_start_of<output == Output::f16_clamped>(product, c);
    _mm256_store_ps(scaled_start[r] + column, scaled);
    const __m256i units = count_opposite<depth>(c, a.signs[r], load(b.signs + column));
    const __m256 addend = _mm256_castsi256_ps(c);
    double* to = started[r] + column;
    _mm256_store_pd(to, wide_start(wide_low(scaled), wide_low(addend), _mm256_castsi256_si128(units)));
    _mm256_store_pd(to + 4, wide_start(wide_high(scaled), wide_high(addend), _mm256_extracti128_si256(units, 1)));
  });
  for (int column = 0; column < kStepColumns; column += kLanes) {
    __m256d low[kStepRows];
    __m256d high[kStepRows];
#pragma GCC unroll 4
    for (int r = 0; r < kStepRows; ++r) {
      low[r] = _mm256_load_pd(started[r] + column);
      high[r] = _mm256_load_pd(started[r] + column + kLanes / 2);
    }
    for (int k = 0; k < depth; ++k) {
      const __m256d columns_low = _mm256_load_pd(b.values[k] + column);
      const __m256d columns_high = _mm256_load_pd(b.values[k] + column + kLanes / 2);
#pragma GCC unroll 4
      for (int r = 0; r < kStepRows; ++r) {
        const __m256d row = _mm256_broadcast_sd(&a.values[k][r]);
        low[r] = _mm256_fmadd_pd(row, columns_low, low[r]);
        high[r] = _mm256_fmadd_pd(row, columns_high, high[r]);
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < kStepRows; ++r) {
      const __m256 scaled = _mm256_load_ps(scaled_start[r] + column);
      __m256 result =
          _mm256_set_m128(narrowed<output>(high[r], wide_high(scaled)), narrowed<output>(low[r], wide_low(scaled)));
      if (output != Output::f32) result = to_f16(result);
      _mm256_store_ps(state + r * kStepColumns + column, result);
    }
  }
}

template <int depth, Output output>
__attribute__((noinline)) void wide_groups(const StepModel& model, const BlockA<double>* a, std::int64_t groups,
                                           const BlockB<double>& b, float* state, bool by_addition) {
  for (std::int64_t group = 0; group < groups; ++group)
    multiply_group<depth, output>(model, a[group], b, state + group * kStepRows * kStepColumns, by_addition);
}

template <bool by_addition>
void run_wide(const StepModel& model, const void* a_blocks, std::int64_t groups, const void* b_block, float* state) {
  toward_zero(model, [&]<int depth, Output output>() {
    wide_groups<depth, output>(model, static_cast<const BlockA<double>*>(a_blocks), groups,
                               *static_cast<const BlockB<double>*>(b_block), state, by_addition);
  });
}

constexpr TensorCoreStep kWideFma{sizeof(BlockA<double>), sizeof(BlockB<double>), expand_a<double>, expand_b<double>,
                                  run_wide<true>};
constexpr TensorCoreStep kWideFused{sizeof(BlockA<double>), sizeof(BlockB<double>), expand_a<double>, expand_b<double>,
                                    run_wide<false>};

}  // namespace
}  // namespace octavo::sim::gemm
