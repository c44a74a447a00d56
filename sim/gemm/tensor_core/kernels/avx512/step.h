// The multiply-add rungs of the tensor-core ladder with AVX-512, for sums of 13 fraction bits.
// Included by simd/tensor_core.simd.cpp only.
//
// How one fused multiply-add evaluates one truncated product. Let q = 2^(E-13) be the weight of the last bit kept, and
// keep the accumulator in [2^23 q, 2^24 q), where binary32 has the unit q: start from S = +-1.5 * 2^23 q with the sign
// of the addend c. |sum| < 2^20 q leaves room. Rounding toward zero then truncates c, and turns a product p whose sign
// is the accumulator's into p cut to a multiple of q, as wanted. A product of the other sign is rounded away from zero
// unless it is a multiple of q. To have the same answer in both cases every |b| is enlarged by less than 2^-16 of
// itself: too little to lift any |p| to the next multiple, but such a product is now never a multiple of q, so its
// rounding is one unit too far away always. It only remains to count the products of that sign, which does not depend
// on E: a population count of sign bits. A zero factor is replaced by 2^-126, whose products are cut to nothing in the
// same way.
//
// E is the largest of the exponents of c and of the products. For the fused rung, with R and C the largest exponents of
// the row group and of the column in this step, each product sets the bit R + C - (its exponent) of a byte, counted
// from the top: an OR of bytes, looked up for B's element by the distance of A's element from R. The highest bit set
// says E. If no product lies within 8 of R + C, the tile takes the other rung, which computes the largest exponent by
// addition.
#pragma once

#include "sim/gemm/tensor_core/kernels/avx512/align.h"

namespace octavo::sim::gemm {
namespace {

/// S / 2^10, and S + c with the units for the products of the other sign counted in.
template <int depth, Output output>
void start(__m512i product, __m512 c, __m512i a_signs, __m512i b_signs, __m512& accumulator, float* scaled_start) {
  const __m512 scaled = sign_and_exponent<output>(product, c);
  _mm512_store_ps(scaled_start, scaled);
  const __m512 started = _mm512_fmadd_round_ps(scaled, _mm512_set1_ps(0x1p10f), c, kTowardZero);
  accumulator =
      _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(started), count_opposite<depth>(c, a_signs, b_signs)));
}

/// One step of all row groups. The exponents of a group are found while the group before is multiplied, unless
/// `by_addition`.
template <int depth, Output output>
void narrow_step(const StepModel& model, const BlockA<float>* a, std::int64_t groups, const BlockB<float>& b,
                 float* state, bool by_addition) {
  __m512i hot[kStepRows];
  clear(hot);
  if (!by_addition)
    for (int k = 0; k < depth; k += 2) collect_exponents(*a, b, k, hot);

  for (std::int64_t group = 0; group < groups; ++group, ++a, state += kStepRows * kStepColumns) {
    __m512 sum[kStepRows][kVectors];
    alignas(64) float scaled_start[kStepRows][kStepColumns];
    const auto start_from = [&](int r, int v, __m512i product) {
      start<depth, output>(product, _mm512_load_ps(state + r * kStepColumns + 16 * v),
                           _mm512_set1_epi32(static_cast<int>(a->signs[r])), _mm512_load_si512(b.signs + 16 * v),
                           sum[r][v], scaled_start[r] + 16 * v);
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
    const BlockA<float>& next = group + 1 < groups ? a[1] : a[0];
    clear(hot);
    prefetch_planes<depth>(group + 2 < groups ? a[2] : a[0]);
    for (int k = 0; k < depth; k += 2) {
      // The next group's values (a line every four k; its planes are read below) and sums (16 lines).
      if (k % 4 == 0) __builtin_prefetch(next.values[k]);
      for (int line = 0; line < 32 / depth; ++line)
        __builtin_prefetch(state + kStepRows * kStepColumns + (k / 2 * 32 / depth + line) * 16);
#pragma GCC unroll 2
      for (int i = 0; i < 2; ++i) {
        __m512 column[kVectors];
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) column[v] = _mm512_load_ps(b.values[k + i] + 16 * v);
#pragma GCC unroll 4
        for (int r = 0; r < kStepRows; ++r) {
          const __m512 row = _mm512_set1_ps(a->values[k + i][r]);
#pragma GCC unroll 4
          for (int v = 0; v < kVectors; ++v) sum[r][v] = _mm512_fmadd_round_ps(row, column[v], sum[r][v], kTowardZero);
        }
      }
      if (!by_addition) collect_exponents(next, b, k, hot);
    }
#pragma GCC unroll 4
    for (int r = 0; r < kStepRows; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) {
        const __m512 scaled = _mm512_load_ps(scaled_start[r] + 16 * v);
        __m512 result = _mm512_fnmadd_ps(scaled, _mm512_set1_ps(0x1p10f), sum[r][v]);  // exact
        if (output != Output::f32) result = _mm512_cvtph_ps(_mm512_cvtps_ph(result, kNearest));
        _mm512_store_ps(state + r * kStepColumns + 16 * v, result);
      }
  }
}

template <bool by_addition>
void run_narrow(const StepModel& model, const void* a_blocks, std::int64_t groups, const void* b_block, float* state) {
  const auto* a = static_cast<const BlockA<float>*>(a_blocks);
  const auto& b = *static_cast<const BlockB<float>*>(b_block);
  with_constants(
      model, [&]<int depth, Output output>() { narrow_step<depth, output>(model, a, groups, b, state, by_addition); });
}

constexpr TensorCoreStep kNarrowFma{sizeof(BlockA<float>), sizeof(BlockB<float>), expand_a<float>, expand_b<float>,
                                    run_narrow<true>};
constexpr TensorCoreStep kNarrowFused{sizeof(BlockA<float>), sizeof(BlockB<float>), expand_a<float>, expand_b<float>,
                                      run_narrow<false>};

}  // namespace
}  // namespace octavo::sim::gemm
