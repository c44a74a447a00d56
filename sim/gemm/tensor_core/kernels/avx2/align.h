// Where a sum of the AVX2 steps is aligned: the largest exponent, and the accumulator's start that follows from it.
// Included by the multiply-add rungs only; avx512/step.h explains the method.
#pragma once

#include "sim/gemm/tensor_core/kernels/avx2/expand.h"

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
template <typename Value>
__m256i exponents_by_addition(const StepModel& model, const std::uint8_t* row, const BlockB<Value>& b, int half) {
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

/// Byte-wise OR of one-hot bytes; false if some sum has no bit set: all its products lie far below R + C.
template <int depth, typename Value>
bool find_exponents(const BlockA<Value>& a, const BlockB<Value>& b, __m256i hot[kStepRows][kHalves]) {
  const std::uint8_t* planes = &b.planes[0][0];
  __m256i found[kStepRows][kHalves] = {};
  for (int k = 0; k < depth; ++k)
#pragma GCC unroll 4
    for (int r = 0; r < kStepRows; ++r) {
      const std::uint8_t* plane = planes + a.planes[k][r];
      found[r][0] = _mm256_or_si256(found[r][0], load(plane));
      found[r][1] = _mm256_or_si256(found[r][1], load(plane + kHalf));
    }
  __m256i missing = _mm256_setzero_si256();
#pragma GCC unroll 4
  for (int r = 0; r < kStepRows; ++r)
#pragma GCC unroll 2
    for (int h = 0; h < kHalves; ++h) {
      missing = _mm256_or_si256(missing, _mm256_cmpeq_epi8(found[r][h], _mm256_setzero_si256()));
      hot[r][h] = found[r][h];
    }
  return _mm256_testz_si256(missing, missing) != 0;
}

/// Calls start(row, column, 2^E with any mantissa) for the products of every row and eight columns.
template <int depth, typename Value, typename Start>
void start_all(const StepModel& model, const BlockA<Value>& a, const BlockB<Value>& b, bool by_addition,
               const Start& start) {
  __m256i bytes[kStepRows][kHalves];
  if (by_addition || __builtin_expect(!find_exponents<depth>(a, b, bytes), 0)) {
    for (int r = 0; r < kStepRows; ++r)
      for (int h = 0; h < kHalves; ++h) {
        const __m256i largest = exponents_by_addition(model, a.exponents[r], b, h);
        for (int v = 0; v < 4; ++v) start(r, h * kHalf + v * kLanes, power_by_addition(largest, v));
      }
    return;
  }
  for (int h = 0; h < kHalves; ++h)
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) {
      const int column = h * kHalf + v * kLanes;
      const __m256i largest = _mm256_add_epi32(load(b.largest + column), _mm256_set1_epi32(a.largest));
#pragma GCC unroll 4
      for (int r = 0; r < kStepRows; ++r) {
        const __m256i byte = _mm256_slli_epi32(bytes[r][h], 24 - 8 * v);
        start(r, column, _mm256_add_epi32(_mm256_castps_si256(_mm256_cvtepi32_ps(byte)), largest));
      }
    }
}

/// How many products have not c's sign: each was rounded away from zero by one unit.
template <int depth>
__m256i count_opposite(__m256i c, std::uint32_t a_signs, __m256i b_signs) {
  __m256i opposite = _mm256_xor_si256(_mm256_xor_si256(_mm256_srai_epi32(c, 31), b_signs),
                                      _mm256_set1_epi32(static_cast<int>(a_signs)));
  if (depth < 32) opposite = _mm256_and_si256(opposite, _mm256_set1_epi32((1 << depth % 32) - 1));
  return population_count(opposite);
}

__m256 to_f16(__m256 x) { return _mm256_cvtph_ps(_mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)); }

/// Calls step.operator()<depth, output>() for the model while MXCSR rounds toward zero. What it calls must not be
/// inlined: nothing of it may move out of that mode.
template <typename Step>
void toward_zero(const StepModel& model, const Step& step) {
  const auto with_depth = [&]<int depth>() {
    if (!model.f16)
      step.template operator()<depth, Output::f32>();
    else if (!model.clamp_addend)
      step.template operator()<depth, Output::f16>();
    else
      step.template operator()<depth, Output::f16_clamped>();
  };
  const std::uint32_t before = _mm_getcsr();
  _mm_setcsr(before | 0x6000u);
  if (model.depth == 32)
    with_depth.template operator()<32>();
  else
    with_depth.template operator()<16>();
  _mm_setcsr(before);
}

}  // namespace
}  // namespace octavo::sim::gemm
