// Where a sum of the AVX-512 steps is aligned: the largest exponent, and the accumulator's start that follows from it.
// Included by the multiply-add rungs only; avx512/step.h explains the method.
#pragma once

#include "sim/gemm/tensor_core/kernels/avx512/expand.h"

namespace octavo::sim::gemm {
namespace {

constexpr int kTowardZero = _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC;
constexpr int kNearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
constexpr int kNoProduct = 127 - 80;  // exponent field of a sum of zero products: below every addend's

/// What becomes of a sum: kept as it is (13 fraction bits) or cut to f32 (25), or rounded to nearest f16. Clamped: a
/// nonzero addend aligns by 2^-14 at least. An infinite f16 makes S, and so everything after it, a NaN of the same
/// sign.
enum class Output { f32, f16, f16_clamped };

__m512i population_count(__m512i x) {
#ifdef OCTAVO_AVX512_BY_SIMDE
  return _mm512_popcnt_epi32(x);
#else
  __m512i count;
  __asm__("vpopcntd %1, %0" : "=v"(count) : "v"(x));
  return count;
#endif
}

/// 2^E (with any mantissa) of the products of 16 columns from one-hot bytes; `largest` is R + C.
__m512i power_by_one_hot(__m512i hot, int v, __m512i largest) {
  const __m512i byte = v == 3 ? hot : _mm512_slli_epi32(hot, static_cast<unsigned>(24 - 8 * v));
  return _mm512_add_epi32(_mm512_castps_si512(_mm512_cvt_roundepu32_ps(byte, kTowardZero)), largest);
}

/// True if some product sum of a tile has no bit set: all products lie far below R + C.
bool any_missing(const __m512i hot[kStepRows]) {
  return (_mm512_testn_epi8_mask(hot[0], hot[0]) | _mm512_testn_epi8_mask(hot[1], hot[1]) |
          _mm512_testn_epi8_mask(hot[2], hot[2]) | _mm512_testn_epi8_mask(hot[3], hot[3])) != 0;
}

/// The same for a whole tile by byte-wise max-plus of exponents.
template <typename Value>
void exponents_by_addition(const StepModel& model, const BlockA<Value>& a, const BlockB<Value>& b,
                           __m512i product[kStepRows][kVectors]) {
  for (int r = 0; r < kStepRows; ++r) {
    __m512i largest = _mm512_setzero_si512();
    for (int k = 0; k < model.depth; ++k) {
      const int exponent = a.exponents[r][k];
      if (exponent == 0) continue;
      const __m512i column = _mm512_load_si512(b.exponents[k]);
      const __m512i sum = _mm512_maskz_add_epi8(_mm512_test_epi8_mask(column, column), column,
                                                _mm512_set1_epi8(static_cast<char>(exponent)));
      largest = _mm512_max_epu8(largest, sum);
    }
    for (int v = 0; v < kVectors; ++v) {
      const __m512i sum = _mm512_and_si512(_mm512_srli_epi32(largest, 8 * v), _mm512_set1_epi32(0xFF));
      const __m512i field =
          _mm512_mask_blend_epi32(_mm512_test_epi32_mask(sum, sum), _mm512_set1_epi32(kNoProduct),
                                  _mm512_add_epi32(sum, _mm512_set1_epi32(127 - 2 * kExponentOffset)));
      product[r][v] = _mm512_slli_epi32(field, 23);
    }
  }
}

/// Sign and exponent of c or of the product, whichever is larger in magnitude, with c's sign; mantissa 1.5.
template <Output output>
__m512 sign_and_exponent(__m512i product, __m512 c) {
  constexpr int kLargerMagnitude = 0x3;  // with the sign of the first operand
  __m512 larger = _mm512_range_ps(c, _mm512_castsi512_ps(product), kLargerMagnitude);
  if (output == Output::f16_clamped) {
    const __mmask16 nonzero = _mm512_test_epi32_mask(_mm512_castps_si512(c), _mm512_set1_epi32(0x7FFFFFFF));
    larger = _mm512_mask_range_ps(larger, nonzero, larger, _mm512_set1_ps(0x1p-14f), kLargerMagnitude);
  }
  return _mm512_castsi512_ps(_mm512_ternarylogic_epi32(_mm512_castps_si512(larger),
                                                       _mm512_set1_epi32(static_cast<int>(0xFF800000u)),
                                                       _mm512_set1_epi32(0x00400000), 0xEA));
}

/// How many products have not c's sign: each was rounded away from zero by one unit.
template <int depth>
__m512i count_opposite(__m512 c, __m512i a_signs, __m512i b_signs) {
  constexpr int kXor = 0x96;
  const __m512i sign = _mm512_srai_epi32(_mm512_castps_si512(c), 31);
  __m512i opposite = _mm512_ternarylogic_epi32(sign, b_signs, a_signs, kXor);
  if (depth < 32) opposite = _mm512_and_si512(opposite, _mm512_set1_epi32((1 << depth % 32) - 1));
  return population_count(opposite);
}

/// One-hot bytes of a row group, two elements of the depth at a time.
template <typename Value>
void collect_exponents(const BlockA<Value>& a, const BlockB<Value>& b, int k, __m512i hot[kStepRows]) {
  constexpr int kOr = 0xFE;
  const std::uint8_t* planes = &b.planes[0][0];
#pragma GCC unroll 4
  for (int r = 0; r < kStepRows; ++r)
    hot[r] = _mm512_ternarylogic_epi64(hot[r], _mm512_load_si512(planes + a.planes[k][r]),
                                       _mm512_load_si512(planes + a.planes[k + 1][r]), kOr);
}

/// The row group after the next one: its planes give addresses, so a miss would delay two loads.
template <int depth, typename Value>
void prefetch_planes(const BlockA<Value>& a) {
  for (int k = 0; k < depth; k += 8) __builtin_prefetch(a.planes[k]);
}

void clear(__m512i hot[kStepRows]) {
#pragma GCC unroll 4
  for (int r = 0; r < kStepRows; ++r) hot[r] = _mm512_setzero_si512();
}

/// Calls step.operator()<depth, output>() for the model.
template <typename Step>
void with_constants(const StepModel& model, const Step& step) {
  const auto with_depth = [&]<int depth>() {
    if (!model.f16)
      step.template operator()<depth, Output::f32>();
    else if (!model.clamp_addend)
      step.template operator()<depth, Output::f16>();
    else
      step.template operator()<depth, Output::f16_clamped>();
  };
  if (model.depth == 32)
    with_depth.template operator()<32>();
  else
    with_depth.template operator()<16>();
}

}  // namespace
}  // namespace octavo::sim::gemm
