// The multiply-add rungs of the tensor-core ladder with AVX2, for sums of 13 fraction bits: the method of
// tensor_core_avx512.h, whose first lines explain it. Included by tensor_core_kernel.simd.cpp only.
//
// What AVX2 lacks: a rounding mode in the instruction (MXCSR rounds toward zero during a step), a population count
// (nibbles are looked up), and registers: a tile of 4 x 64 finds its exponents first, then multiplies 16 columns at a
// time. The top bit of a one-hot byte stays clear, since conversion to float is signed: products within 7 of R + C.
#pragma once

#include "sim/gemm/tensor_core_avx2_expand.h"

namespace octavo::sim::gemm {
namespace {

constexpr int kNoProduct = 127 - 80;  // exponent field of a sum of zero products: below every addend's

/// Population counts of eight dwords.
__m256i population_count(__m256i x) {
  const __m256i counts = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
  const __m256i nibble = _mm256_set1_epi8(15);
  const __m256i low = _mm256_shuffle_epi8(counts, _mm256_and_si256(x, nibble));
  const __m256i high = _mm256_shuffle_epi8(counts, _mm256_and_si256(_mm256_srli_epi32(x, 4), nibble));
  const __m256i words = _mm256_maddubs_epi16(_mm256_add_epi8(low, high), _mm256_set1_epi8(1));
  return _mm256_madd_epi16(words, _mm256_set1_epi16(1));
}

/// The largest exponents of one row's products in a half, byte-wise max-plus; 0 if all are zero.
__m256i exponents_by_addition(const StepModel& model, const std::uint8_t* row, const BlockB& b, int half) {
  __m256i largest = _mm256_setzero_si256();
  for (int k = 0; k < model.depth; ++k) {
    if (row[k] == 0) continue;
    const __m256i column = load(b.exponents[k] + half * kHalf);
    const __m256i zero = _mm256_cmpeq_epi8(column, _mm256_setzero_si256());
    const __m256i sum = _mm256_add_epi8(column, _mm256_set1_epi8(static_cast<char>(row[k])));
    largest = _mm256_max_epu8(largest, _mm256_andnot_si256(zero, sum));
  }
  return largest;
}

/// Byte v of such a vector as 2^E.
__m256i power_by_addition(__m256i largest, int v) {
  const __m256i sum = _mm256_and_si256(_mm256_srli_epi32(largest, 8 * v), _mm256_set1_epi32(0xFF));
  const __m256i field = _mm256_add_epi32(sum, _mm256_set1_epi32(127 - 2 * kExponentOffset));
  const __m256i zero = _mm256_cmpeq_epi32(sum, _mm256_setzero_si256());
  return _mm256_slli_epi32(_mm256_blendv_epi8(field, _mm256_set1_epi32(kNoProduct), zero), 23);
}

/// What becomes of a sum: kept for the next step to cut, or rounded to nearest f16. Clamped: a nonzero addend aligns by
/// 2^-14 at least. An infinite f16 makes S, and so everything after it, a NaN of the same sign.
enum class Output { f32, f16, f16_clamped };

/// Sign and exponent of the larger of c and 2^E, mantissa 1.5: the accumulator's start S divided by 2^10.
template <bool clamp>
__m256 scaled_start_of(__m256i product, __m256i c) {
  __m256i larger = _mm256_max_epi32(_mm256_and_si256(c, _mm256_set1_epi32(0x7FFFFFFF)), product);
  if (clamp) {
    const __m256i zero = _mm256_cmpeq_epi32(_mm256_and_si256(c, _mm256_set1_epi32(0x7FFFFFFF)), _mm256_setzero_si256());
    larger = _mm256_max_epi32(larger, _mm256_andnot_si256(zero, _mm256_set1_epi32((127 - 14) << 23)));
  }
  const __m256i sign = _mm256_and_si256(c, _mm256_set1_epi32(static_cast<int>(0x80000000u)));
  const __m256i exponent = _mm256_and_si256(larger, _mm256_set1_epi32(0x7F800000));
  return _mm256_castsi256_ps(_mm256_or_si256(_mm256_or_si256(exponent, sign), _mm256_set1_epi32(0x00400000)));
}

/// One row group. MXCSR rounds toward zero.
template <int depth, Output output>
void multiply_group(const StepModel& model, const BlockA& a, const BlockB& b, float* state, bool by_addition) {
  constexpr int kTile = 2;  // vectors of columns multiplied at a time
  __m256i hot[kStepRows][kHalves];
  if (!by_addition) {
    const std::uint8_t* planes = &b.planes[0][0];
#pragma GCC unroll 4
    for (int r = 0; r < kStepRows; ++r) hot[r][0] = hot[r][1] = _mm256_setzero_si256();
    for (int k = 0; k < depth; ++k)
#pragma GCC unroll 4
      for (int r = 0; r < kStepRows; ++r) {
        const std::uint8_t* plane = planes + a.planes[k][r];
        hot[r][0] = _mm256_or_si256(hot[r][0], load(plane));
        hot[r][1] = _mm256_or_si256(hot[r][1], load(plane + kHalf));
      }
    __m256i missing = _mm256_setzero_si256();
#pragma GCC unroll 4
    for (int r = 0; r < kStepRows; ++r)
      missing = _mm256_or_si256(missing, _mm256_or_si256(_mm256_cmpeq_epi8(hot[r][0], _mm256_setzero_si256()),
                                                         _mm256_cmpeq_epi8(hot[r][1], _mm256_setzero_si256())));
    by_addition = _mm256_testz_si256(missing, missing) == 0;
  }
  if (by_addition)
    for (int r = 0; r < kStepRows; ++r)
      for (int h = 0; h < kHalves; ++h) hot[r][h] = exponents_by_addition(model, a.exponents[r], b, h);

  for (int column = 0; column < kStepColumns; column += kTile * kLanes) {
    __m256 sum[kStepRows][kTile];
    alignas(32) float scaled_start[kStepRows][kTile * kLanes];
#pragma GCC unroll 2
    for (int i = 0; i < kTile; ++i) {
      const int v = column / kLanes % 4 + i;
      const int at = column + i * kLanes;
      const __m128i shift = _mm_cvtsi32_si128(24 - 8 * v);
      const __m256i largest = _mm256_add_epi32(load(b.largest + at), _mm256_set1_epi32(a.largest));
      const __m256i signs = load(b.signs + at);
#pragma GCC unroll 4
      for (int r = 0; r < kStepRows; ++r) {
        const __m256i bytes = hot[r][column / kHalf];
        __m256i product;
        if (by_addition)
          product = power_by_addition(bytes, v);
        else
          product = _mm256_add_epi32(_mm256_castps_si256(_mm256_cvtepi32_ps(_mm256_sll_epi32(bytes, shift))), largest);
        const __m256i c = load(state + r * kStepColumns + at);
        const __m256 scaled = scaled_start_of<output == Output::f16_clamped>(product, c);
        _mm256_store_ps(scaled_start[r] + i * kLanes, scaled);
        const __m256 started = _mm256_fmadd_ps(scaled, _mm256_set1_ps(0x1p10f), _mm256_castsi256_ps(c));
        __m256i opposite = _mm256_xor_si256(_mm256_xor_si256(_mm256_srai_epi32(c, 31), signs),
                                            _mm256_set1_epi32(static_cast<int>(a.signs[r])));
        if (depth < 32) opposite = _mm256_and_si256(opposite, _mm256_set1_epi32((1 << depth % 32) - 1));
        sum[r][i] = _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(started), population_count(opposite)));
      }
    }
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
        const __m256 scaled = _mm256_load_ps(scaled_start[r] + i * kLanes);
        __m256 result = _mm256_fnmadd_ps(scaled, _mm256_set1_ps(0x1p10f), sum[r][i]);  // exact
        if (output != Output::f32)
          result = _mm256_cvtph_ps(_mm256_cvtps_ph(result, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
        _mm256_store_ps(state + r * kStepColumns + column + i * kLanes, result);
      }
  }
}

/// Not inlined: nothing of it may move out of the rounding mode that the caller has set.
template <int depth, Output output>
__attribute__((noinline)) void step_toward_zero(const StepModel& model, const BlockA* a, std::int64_t groups,
                                                const BlockB& b, float* state, bool by_addition) {
  for (std::int64_t group = 0; group < groups; ++group)
    multiply_group<depth, output>(model, a[group], b, state + group * kStepRows * kStepColumns, by_addition);
}

template <bool by_addition>
void narrow_step(const StepModel& model, const void* a_blocks, std::int64_t groups, const void* b_block, float* state) {
  const auto* a = static_cast<const BlockA*>(a_blocks);
  const auto& b = *static_cast<const BlockB*>(b_block);
  const auto step = [&]<int depth>() {
    if (!model.f16)
      step_toward_zero<depth, Output::f32>(model, a, groups, b, state, by_addition);
    else if (!model.clamp_addend)
      step_toward_zero<depth, Output::f16>(model, a, groups, b, state, by_addition);
    else
      step_toward_zero<depth, Output::f16_clamped>(model, a, groups, b, state, by_addition);
  };
  const std::uint32_t before = _mm_getcsr();
  _mm_setcsr(before | 0x6000u);  // toward zero
  if (model.depth == 32)
    step.template operator()<32>();
  else
    step.template operator()<16>();
  _mm_setcsr(before);
}

constexpr TensorCoreStep kNarrowFma{sizeof(BlockA), sizeof(BlockB), expand_a, expand_b, narrow_step<true>};
constexpr TensorCoreStep kNarrowFused{sizeof(BlockA), sizeof(BlockB), expand_a, expand_b, narrow_step<false>};

}  // namespace
}  // namespace octavo::sim::gemm
