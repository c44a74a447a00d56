// Expanded operands of the AVX-512 steps: values, signs, and what finds the largest exponent of a sum.
// Included by the multiply-add rungs only. Value is float for sums of 13 fraction bits, double for 25.
#pragma once

// GCC 12 warns falsely inside its own intrinsics, which start from undefined registers.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop

#include <cstdint>

#include "sim/gemm/tensor_core/kernels/kernel.h"

namespace octavo::sim::gemm {
namespace {

constexpr int kDistances = 8;                             // bits of a one-hot byte
constexpr int kVectors = kStepColumns / 16;               // of an accumulator row
constexpr int kNoProductPlane = kStepDepth * kDistances;  // its bytes are zero

/// Column 16 v + l of a panel is byte v of dword l wherever columns are bytes.
template <typename Value>
struct alignas(64) BlockB {
  Value values[kStepDepth][kStepColumns];
  std::uint8_t planes[kNoProductPlane + 1][kStepColumns];
  std::uint8_t exponents[kStepDepth][kStepColumns];  // plus kExponentOffset; 0 for zero
  std::int32_t largest[kStepColumns];                // C as an exponent field's increment
  std::uint32_t signs[kStepColumns];                 // bit k: the sign of element k
};

template <typename Value>
struct alignas(64) BlockA {
  Value values[kStepDepth][kStepRows];
  std::uint16_t planes[kStepDepth][kStepRows];  // offset into BlockB::planes
  std::uint32_t signs[kStepRows];
  std::int32_t largest;  // R as an exponent field's increment, such that a one-hot byte converted to float gives E
  std::int32_t unused[11];
  std::uint8_t exponents[kStepRows][kStepDepth];
};

/// table[index] for 32 indices below 128, as words.
__m512i look_up(const std::uint16_t* table, __m512i index) {
  const __m512i low = _mm512_permutex2var_epi16(_mm512_load_si512(table), index, _mm512_load_si512(table + 32));
  const __m512i high = _mm512_permutex2var_epi16(_mm512_load_si512(table + 64), index, _mm512_load_si512(table + 96));
  return _mm512_mask_blend_epi16(_mm512_test_epi16_mask(index, _mm512_set1_epi16(64)), low, high);
}

/// 64 bytes in natural order to byte v of dword l.
__m512i interleave(__m512i x) {
  // First bring the 16 bytes 16 v + 4 t .. + 3 together in lane t, then transpose 4 x 4 bytes within lanes.
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m512i transpose = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
  return _mm512_shuffle_epi8(_mm512_permutexvar_epi32(order, x), transpose);
}

/// |b| a little larger (see avx512/step.h): by 2^-18 to 2^-17 of itself.
void store_enlarged(float* to, __m512i value) {
  _mm512_store_si512(to, _mm512_or_si512(value, _mm512_set1_epi32(0x40)));
}

/// By 2^-30 to 2^-29 of itself.
void store_enlarged(double* to, __m512i value) {
  const __m512i tiny = _mm512_set1_epi64(1 << 23);
  const __m512d low = _mm512_cvtps_pd(_mm256_castsi256_ps(_mm512_castsi512_si256(value)));
  const __m512d high = _mm512_cvtps_pd(_mm256_castsi256_ps(_mm512_extracti64x4_epi64(value, 1)));
  _mm512_store_si512(to, _mm512_or_si512(_mm512_castpd_si512(low), tiny));
  _mm512_store_si512(to + 8, _mm512_or_si512(_mm512_castpd_si512(high), tiny));
}

void store_values(float* to, __m512i value) { _mm512_store_si512(to, value); }

void store_values(double* to, __m512i value) {
  _mm512_store_pd(to, _mm512_cvtps_pd(_mm256_castsi256_ps(_mm512_castsi512_si256(value))));
  _mm512_store_pd(to + 8, _mm512_cvtps_pd(_mm256_castsi256_ps(_mm512_extracti64x4_epi64(value, 1))));
}

template <typename Value>
void expand_b(const StepModel& model, const std::uint8_t* codes, void* block) {
  auto& to = *static_cast<BlockB<Value>*>(block);
  __m512i largest = _mm512_setzero_si512();
  __m512i signs[kVectors] = {};
  for (int k = 0; k < model.depth; ++k) {
    const __m512i code = interleave(_mm512_loadu_si512(codes + k * kStepColumns));
    const __m512i even = _mm512_and_si512(code, _mm512_set1_epi16(0x7F));
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi16(code, 8), _mm512_set1_epi16(0x7F));
    const __m512i exponents =
        _mm512_or_si512(look_up(model.b.exponents, even), _mm512_slli_epi16(look_up(model.b.exponents, odd), 8));
    _mm512_store_si512(to.exponents[k], exponents);
    largest = _mm512_max_epu8(largest, exponents);
    const __m512i sign = _mm512_set1_epi16(static_cast<short>(0x8000));
    const __m512i even_value =
        _mm512_or_si512(look_up(model.b.values, even), _mm512_and_si512(_mm512_slli_epi16(code, 8), sign));
    const __m512i odd_value = _mm512_or_si512(look_up(model.b.values, odd), _mm512_and_si512(code, sign));
    const __m512i high_half = _mm512_set1_epi32(static_cast<int>(0xFFFF0000u));
    const __m512i value[kVectors] = {_mm512_slli_epi32(even_value, 16), _mm512_slli_epi32(odd_value, 16),
                                     _mm512_and_si512(even_value, high_half), _mm512_and_si512(odd_value, high_half)};
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      store_enlarged(to.values[k] + 16 * v, value[v]);
      signs[v] = _mm512_or_si512(signs[v], _mm512_sll_epi32(_mm512_srli_epi32(value[v], 31), _mm_cvtsi32_si128(k)));
    }
  }
  const __m512i one_hot = _mm512_broadcast_i32x4(
      _mm_setr_epi8(static_cast<char>(0x80), 0x40, 0x20, 0x10, 8, 4, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0));
  for (int k = 0; k < model.depth; ++k) {
    const __m512i exponents = _mm512_load_si512(to.exponents[k]);
    // Zeros have exponent 0 and so a distance of 8 or more, unless the whole column is zero.
    __m512i distance = _mm512_min_epu8(_mm512_sub_epi8(largest, exponents), _mm512_set1_epi8(kDistances));
    distance =
        _mm512_mask_mov_epi8(distance, _mm512_testn_epi8_mask(exponents, exponents), _mm512_set1_epi8(kDistances));
    for (int d = 0; d < kDistances; ++d) {
      _mm512_store_si512(to.planes[k * kDistances + d], _mm512_shuffle_epi8(one_hot, distance));
      distance = _mm512_add_epi8(distance, _mm512_set1_epi8(1));
    }
  }
  _mm512_store_si512(to.planes[kNoProductPlane], _mm512_setzero_si512());
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; ++v) {
    const __m512i column = _mm512_and_si512(_mm512_srli_epi32(largest, 8 * v), _mm512_set1_epi32(0xFF));
    const __m512i exponent = _mm512_sub_epi32(column, _mm512_set1_epi32(kExponentOffset));
    _mm512_store_si512(to.largest + 16 * v, _mm512_slli_epi32(exponent, 23));
    _mm512_store_si512(to.signs + 16 * v, signs[v]);
  }
}

/// Four rows of words [row][k] to [k][row], 8 k to a vector: to[j] holds k = 8 j .. 8 j + 7 if the words of a row come
/// in the order of kTransposedOrder.
void transpose_rows(const __m512i row[kStepRows], __m512i to[kStepRows]) {
  const __m512i low01 = _mm512_unpacklo_epi16(row[0], row[1]);
  const __m512i high01 = _mm512_unpackhi_epi16(row[0], row[1]);
  const __m512i low23 = _mm512_unpacklo_epi16(row[2], row[3]);
  const __m512i high23 = _mm512_unpackhi_epi16(row[2], row[3]);
  to[0] = _mm512_unpacklo_epi32(low01, low23);
  to[1] = _mm512_unpackhi_epi32(low01, low23);
  to[2] = _mm512_unpacklo_epi32(high01, high23);
  to[3] = _mm512_unpackhi_epi32(high01, high23);
}

alignas(64) constexpr std::uint16_t kTransposedOrder[32] = {0, 1, 8,  9,  16, 17, 24, 25, 2, 3, 10, 11, 18, 19, 26, 27,
                                                            4, 5, 12, 13, 20, 21, 28, 29, 6, 7, 14, 15, 22, 23, 30, 31};

template <typename Value>
void expand_a(const StepModel& model, const std::uint8_t* codes, std::int64_t row_stride, int rows, void* block) {
  auto& to = *static_cast<BlockA<Value>*>(block);
  const __m512i order = _mm512_load_si512(kTransposedOrder);
  __m512i exponents[kStepRows];
  __m512i values[kStepRows];
  __m512i largest = _mm512_setzero_si512();
#pragma GCC unroll 4
  for (int r = 0; r < kStepRows; ++r) {
    const std::uint8_t* row = codes + (r < rows ? r : rows - 1) * row_stride;
    const __m256i bytes = model.depth == 32
                              ? _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row))
                              : _mm256_zextsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(row)));
    to.signs[r] = static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes));
    const __m512i code = _mm512_cvtepu8_epi16(bytes);
    const __m512i magnitude = _mm512_and_si512(code, _mm512_set1_epi16(0x7F));
    const __m512i exponent = look_up(model.a.exponents, magnitude);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to.exponents[r]), _mm512_cvtepi16_epi8(exponent));
    largest = _mm512_max_epu16(largest, exponent);
    const __m512i sign = _mm512_and_si512(_mm512_slli_epi16(code, 8), _mm512_set1_epi16(static_cast<short>(0x8000)));
    exponents[r] = _mm512_permutexvar_epi16(order, exponent);
    values[r] = _mm512_permutexvar_epi16(order, _mm512_or_si512(look_up(model.a.values, magnitude), sign));
  }
  const __m256i half = _mm256_max_epu16(_mm512_castsi512_si256(largest), _mm512_extracti64x4_epi64(largest, 1));
  const __m128i quarter = _mm_max_epu16(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
  // The largest of eight words as the complement of the smallest complement.
  const __m128i complement = _mm_minpos_epu16(_mm_xor_si128(quarter, _mm_set1_epi16(-1)));
  const std::uint32_t group = ~static_cast<std::uint32_t>(_mm_cvtsi128_si32(complement)) & 0xFFFFu;
  // The one-hot bit 0x80 in the top byte of a dword converts to 2^31.
  to.largest = static_cast<std::int32_t>((group - kExponentOffset - 31u) << 23);

  __m512i planes[kStepRows];
  const __m512i first = _mm512_slli_epi16(order, 3);  // plane of distance 0
  const __m512i none = _mm512_set1_epi16(static_cast<short>(kNoProductPlane * kStepColumns));
#pragma GCC unroll 4
  for (int r = 0; r < kStepRows; ++r) {
    const __m512i distance = _mm512_sub_epi16(_mm512_set1_epi16(static_cast<short>(group)), exponents[r]);
    const __mmask32 within = _mm512_cmplt_epu16_mask(distance, _mm512_set1_epi16(kDistances)) &
                             _mm512_test_epi16_mask(exponents[r], exponents[r]);
    planes[r] = _mm512_mask_blend_epi16(within, none, _mm512_slli_epi16(_mm512_add_epi16(first, distance), 6));
  }
  __m512i by_depth[kStepRows];
  transpose_rows(planes, by_depth);
#pragma GCC unroll 4
  for (int j = 0; j < kStepRows; ++j) _mm512_store_si512(to.planes[8 * j], by_depth[j]);
  transpose_rows(values, by_depth);
#pragma GCC unroll 4
  for (int j = 0; j < kStepRows; ++j) {
    const __m512i low = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(by_depth[j]));
    const __m512i high = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(by_depth[j], 1));
    store_values(to.values[8 * j], _mm512_slli_epi32(low, 16));
    store_values(to.values[8 * j + 4], _mm512_slli_epi32(high, 16));
  }
}

}  // namespace
}  // namespace octavo::sim::gemm
