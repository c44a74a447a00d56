// Expanded operands of the lossless steps: elements as 16-bit integers in units that keep every bit.
// Included by simd/lossless.h only.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "sim/gemm/tensor_core/kernels/kernel.h"

namespace octavo::sim::gemm {
namespace {

constexpr int kPairs = kStepDepth / 2;  // elements k and k + 1 are the halves of a dword
constexpr int kWordBits = 14;           // |x| < 2^(span + 1) fits a word
constexpr int kUsualSpan = 11;          // a unit this far below the largest exponent leaves the addend its last bits
constexpr int kLossy = 1000;            // a span beyond all

/// `span`: the largest exponent less that of the unit; kLossy if some element does not fit.
struct alignas(64) LosslessB {
  std::int32_t pairs[kPairs][kStepColumns];
  std::int32_t unit[kStepColumns];  // of a column, as an exponent field's increment
  std::int32_t span;                // the widest column's
  std::int32_t unused[15];
};

struct alignas(64) LosslessA {
  std::int32_t pairs[kPairs][kStepRows];
  std::int32_t unit;  // of the row group, as an exponent field's increment
  std::int32_t span;
  std::int32_t unused[14];
};

/// Eight elements: with sign, and what their units follow from.
struct Extents {
  __m256i largest = _mm256_setzero_si256();
  __m256i lowest = _mm256_set1_epi32(255);

  /// The values of eight codes.
  __m256 add(const StepOperand& operand, const std::uint8_t* codes) {
    const __m256i code = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(codes)));
    const __m256i entry = _mm256_i32gather_epi32(reinterpret_cast<const int*>(operand.extents),
                                                 _mm256_and_si256(code, _mm256_set1_epi32(0x7F)), 4);
    const __m256i byte = _mm256_set1_epi32(0xFF);
    largest = _mm256_max_epi32(largest, _mm256_and_si256(entry, byte));
    lowest = _mm256_min_epi32(lowest, _mm256_and_si256(_mm256_srli_epi32(entry, 8), byte));
    const __m256i sign = _mm256_slli_epi32(_mm256_srli_epi32(code, 7), 31);
    return _mm256_castsi256_ps(
        _mm256_or_si256(_mm256_and_si256(entry, _mm256_set1_epi32(static_cast<int>(0xFFFF0000u))), sign));
  }

  /// Exponents of units, plus kExponentOffset.
  __m256i unit(const StepOperand& operand) const {
    const __m256i usual = _mm256_min_epi32(lowest, _mm256_sub_epi32(largest, _mm256_set1_epi32(kUsualSpan)));
    return _mm256_max_epi32(usual, _mm256_set1_epi32(operand.finest));
  }
};

/// 2^-x for exponents x with kExponentOffset.
__m256 inverse_power(__m256i x) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_sub_epi32(_mm256_set1_epi32(127 + kExponentOffset), x), 23));
}

__m256i exponent_increment(__m256i x) {
  return _mm256_slli_epi32(_mm256_sub_epi32(x, _mm256_set1_epi32(kExponentOffset)), 23);
}

std::int32_t largest_of(__m256i x) {
  __m128i most = _mm_max_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
  most = _mm_max_epi32(most, _mm_shuffle_epi32(most, 0x4E));
  most = _mm_max_epi32(most, _mm_shuffle_epi32(most, 0xB1));
  return _mm_cvtsi128_si32(most);
}

void expand_lossless_b(const StepModel& model, const std::uint8_t* codes, LosslessB& to) {
  __m256i widest = _mm256_setzero_si256();
  for (int column = 0; column < kStepColumns; column += 8) {
    __m256 values[kStepDepth];
    Extents extents;
    for (int k = 0; k < model.depth; ++k) values[k] = extents.add(model.b, codes + k * kStepColumns + column);
    const __m256i unit = extents.unit(model.b);
    widest = _mm256_max_epi32(widest, _mm256_sub_epi32(extents.largest, unit));
    _mm256_store_si256(reinterpret_cast<__m256i*>(to.unit + column), exponent_increment(unit));
    const __m256 scale = inverse_power(unit);
    for (int k = 0; k < model.depth; k += 2) {
      const __m256i even = _mm256_cvttps_epi32(_mm256_mul_ps(values[k], scale));
      const __m256i odd = _mm256_cvttps_epi32(_mm256_mul_ps(values[k + 1], scale));
      _mm256_store_si256(reinterpret_cast<__m256i*>(to.pairs[k / 2] + column),
                         _mm256_blend_epi16(even, _mm256_slli_epi32(odd, 16), 0xAA));
    }
  }
  const std::int32_t span = largest_of(widest);
  to.span = span <= kWordBits ? span : kLossy;
}

void expand_lossless_a(const StepModel& model, const std::uint8_t* codes, std::int64_t row_stride, int rows,
                       LosslessA& to) {
  __m256 values[kStepRows][kStepDepth / 8];
  Extents extents;
  for (int r = 0; r < kStepRows; ++r)
    for (int k = 0; k < model.depth; k += 8)
      values[r][k / 8] = extents.add(model.a, codes + (r < rows ? r : rows - 1) * row_stride + k);
  extents.largest = _mm256_set1_epi32(largest_of(extents.largest));
  const __m256i negative = _mm256_sub_epi32(_mm256_setzero_si256(), extents.lowest);
  extents.lowest = _mm256_set1_epi32(-largest_of(negative));
  const __m256i unit = extents.unit(model.a);
  const std::int32_t span = largest_of(_mm256_sub_epi32(extents.largest, unit));
  to.span = span <= kWordBits ? span : kLossy;
  to.unit = _mm256_cvtsi256_si32(exponent_increment(unit));
  const __m256 scale = inverse_power(unit);
  for (int k = 0; k < model.depth; k += 8) {
    __m128i row[kStepRows];  // four pairs
    for (int r = 0; r < kStepRows; ++r) {
      const __m256i x = _mm256_cvttps_epi32(_mm256_mul_ps(values[r][k / 8], scale));
      row[r] = _mm_packs_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    }
    const __m128i low01 = _mm_unpacklo_epi32(row[0], row[1]);
    const __m128i high01 = _mm_unpackhi_epi32(row[0], row[1]);
    const __m128i low23 = _mm_unpacklo_epi32(row[2], row[3]);
    const __m128i high23 = _mm_unpackhi_epi32(row[2], row[3]);
    auto* pair = reinterpret_cast<__m128i*>(to.pairs[k / 2]);
    _mm_store_si128(pair, _mm_unpacklo_epi64(low01, low23));
    _mm_store_si128(pair + 1, _mm_unpackhi_epi64(low01, low23));
    _mm_store_si128(pair + 2, _mm_unpacklo_epi64(high01, high23));
    _mm_store_si128(pair + 3, _mm_unpackhi_epi64(high01, high23));
  }
}

}  // namespace
}  // namespace octavo::sim::gemm
