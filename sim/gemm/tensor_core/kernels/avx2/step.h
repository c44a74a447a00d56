// The multiply-add rungs of the tensor-core ladder with AVX2, for sums of 13 fraction bits: the method of
// avx512/step.h, whose first lines explain it. Included by simd/tensor_core.simd.cpp only.
//
// What AVX2 lacks: a rounding mode in the instruction (MXCSR rounds toward zero during a step), a population count
// (nibbles are looked up), and registers: a tile of 4 x 64 finds its exponents first, then multiplies 16 columns at a
// time. The top bit of a one-hot byte stays clear, since conversion to float is signed: products within 7 of R + C.
#pragma once

#include "sim/gemm/tensor_core/kernels/avx2/align.h"

namespace octavo::sim::gemm {
namespace {

/// One row group. MXCSR rounds toward zero.
template <int depth, Output output>
void multiply_group(const StepModel& model, const BlockA<float>& a, const BlockB<float>& b, float* state,
                    bool by_addition) {
  alignas(32) float scaled_start[kStepRows][kStepColumns];  // S / 2^10
  alignas(32) float started[kStepRows][kStepColumns];       // S + c, the units of the other sign counted in
  start_all<depth>(model, a, b, by_addition, [&](int r, int column, __m256i product) {
    const __m256i c = load(state + r * kStepColumns + column);
    const __m256 scaled = scaled_start_of<output == Output::f16_clamped>(product, c);
    _mm256_store_ps(scaled_start[r] + column, scaled);
    const __m256 start = _mm256_fmadd_ps(scaled, _mm256_set1_ps(0x1p10f), _mm256_castsi256_ps(c));
    store(started[r] + column,
          _mm256_add_epi32(_mm256_castps_si256(start), count_opposite<depth>(c, a.signs[r], load(b.signs + column))));
  });
  constexpr int kTile = 2;  // vectors of columns multiplied at a time
  for (int column = 0; column < kStepColumns; column += kTile * kLanes) {
    __m256 sum[kStepRows][kTile];
#pragma GCC unroll 4
    for (int r = 0; r < kStepRows; ++r)
#pragma GCC unroll 2
      for (int i = 0; i < kTile; ++i) sum[r][i] = _mm256_load_ps(started[r] + column + i * kLanes);
    for (int k = 0; k < depth; ++k) {
      const __m256 column0 = _mm256_load_ps(b.values[k] + column);
      const __m256 column1 = _mm256_load_ps(b.values[k] + column + kLanes);
#pragma GCC unroll 4
      for (int r = 0; r < kStepRows; ++r) {
        const __m256 row = _mm256_broadcast_ss(&a.values[k][r]);
        sum[r][0] = _mm256_fmadd_ps(row, column0, sum[r][0]);
        sum[r][1] = _mm256_fmadd_ps(row, column1, sum[r][1]);
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < kStepRows; ++r)
#pragma GCC unroll 2
      for (int i = 0; i < kTile; ++i) {
        const __m256 scaled = _mm256_load_ps(scaled_start[r] + column + i * kLanes);
        __m256 result = _mm256_fnmadd_ps(scaled, _mm256_set1_ps(0x1p10f), sum[r][i]);  // exact
        if (output != Output::f32) result = to_f16(result);
        _mm256_store_ps(state + r * kStepColumns + column + i * kLanes, result);
      }
  }
}

template <int depth, Output output>
__attribute__((noinline)) void narrow_groups(const StepModel& model, const BlockA<float>* a, std::int64_t groups,
                                             const BlockB<float>& b, float* state, bool by_addition) {
  for (std::int64_t group = 0; group < groups; ++group)
    multiply_group<depth, output>(model, a[group], b, state + group * kStepRows * kStepColumns, by_addition);
}

template <bool by_addition>
void run_narrow(const StepModel& model, const void* a_blocks, std::int64_t groups, const void* b_block, float* state) {
  toward_zero(model, [&]<int depth, Output output>() {
    narrow_groups<depth, output>(model, static_cast<const BlockA<float>*>(a_blocks), groups,
                                 *static_cast<const BlockB<float>*>(b_block), state, by_addition);
  });
}

constexpr TensorCoreStep kNarrowFma{sizeof(BlockA<float>), sizeof(BlockB<float>), expand_a<float>, expand_b<float>,
                                    run_narrow<true>};
constexpr TensorCoreStep kNarrowFused{sizeof(BlockA<float>), sizeof(BlockB<float>), expand_a<float>, expand_b<float>,
                                      run_narrow<false>};

}  // namespace
}  // namespace octavo::sim::gemm
