// Expanded operands of the AVX2 steps: values, signs, and what finds the largest exponent of a sum.
// Included by the multiply-add rungs only. Value is float for sums of 13 fraction bits, double for 25.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "sim/gemm/tensor_core/kernels/kernel.h"

namespace octavo::sim::gemm {
namespace {

constexpr int kDistances = 7;  // bits of a one-hot byte that are used
constexpr int kLanes = 8;      // columns of a vector
constexpr int kHalf = 32;      // columns of a vector of bytes
constexpr int kHalves = kStepColumns / kHalf;

/// Column 32 h + 8 v + l of a panel is byte v of dword l of half h wherever columns are bytes.
template <typename Value>
struct alignas(64) BlockB {
  Value values[kStepDepth][kStepColumns];
  std::uint8_t planes[kStepDepth * kDistances + 1][kStepColumns];  // the last is zero
  std::uint8_t exponents[kStepDepth][kStepColumns];                // plus kExponentOffset; 0 for zero
  std::int32_t largest[kStepColumns];                              // C as an exponent field's increment
  std::uint32_t signs[kStepColumns];                               // bit k: the sign of element k
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

__m256i load(const void* from) { return _mm256_load_si256(static_cast<const __m256i*>(from)); }
void store(void* to, __m256i x) { _mm256_store_si256(static_cast<__m256i*>(to), x); }

/// Eight codes, one a dword.
__m256i load_codes(const std::uint8_t* codes) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(codes)));
}

/// Entries of the table `extents`.
__m256i look_up(const StepOperand& operand, __m256i code) {
  const __m256i magnitude = _mm256_and_si256(code, _mm256_set1_epi32(0x7F));
  return _mm256_i32gather_epi32(reinterpret_cast<const int*>(operand.extents), magnitude, 4);
}

__m256i value_of(__m256i entry, __m256i code) {
  const __m256i sign = _mm256_slli_epi32(_mm256_srli_epi32(code, 7), 31);
  return _mm256_or_si256(_mm256_and_si256(entry, _mm256_set1_epi32(static_cast<int>(0xFFFF0000u))), sign);
}

__m256i exponent_of(__m256i entry) { return _mm256_and_si256(entry, _mm256_set1_epi32(0xFF)); }

/// |b| a little larger (see avx512/step.h): by 2^-18 to 2^-17 of itself.
void store_enlarged(float* to, __m256i value) { store(to, _mm256_or_si256(value, _mm256_set1_epi32(0x40))); }

void store_values(double* to, __m128i value) { _mm256_store_pd(to, _mm256_cvtps_pd(_mm_castsi128_ps(value))); }
void store_values(float* to, __m128i value) { _mm_store_si128(reinterpret_cast<__m128i*>(to), value); }

/// By 2^-30 to 2^-29 of itself.
void store_enlarged(double* to, __m256i value) {
  const __m256d tiny = _mm256_castsi256_pd(_mm256_set1_epi64x(1 << 23));
  const __m256d low = _mm256_cvtps_pd(_mm_castsi128_ps(_mm256_castsi256_si128(value)));
  const __m256d high = _mm256_cvtps_pd(_mm_castsi128_ps(_mm256_extracti128_si256(value, 1)));
  _mm256_store_pd(to, _mm256_or_pd(low, tiny));
  _mm256_store_pd(to + 4, _mm256_or_pd(high, tiny));
}

template <typename Value>
void expand_b(const StepModel& model, const std::uint8_t* codes, void* block) {
  auto& to = *static_cast<BlockB<Value>*>(block);
  const __m256i one_hot =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(0x40, 0x20, 0x10, 8, 4, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  for (int h = 0; h < kHalves; ++h) {
    __m256i largest = _mm256_setzero_si256();
    __m256i signs[4] = {};
    for (int k = 0; k < model.depth; ++k) {
      __m256i exponents = _mm256_setzero_si256();
#pragma GCC unroll 4
      for (int v = 0; v < 4; ++v) {
        const int column = h * kHalf + v * kLanes;
        const __m256i code = load_codes(codes + k * kStepColumns + column);
        const __m256i entry = look_up(model.b, code);
        const __m256i value = value_of(entry, code);
        store_enlarged(to.values[k] + column, value);
        signs[v] = _mm256_or_si256(signs[v], _mm256_sll_epi32(_mm256_srli_epi32(value, 31), _mm_cvtsi32_si128(k)));
        exponents = _mm256_or_si256(exponents, _mm256_slli_epi32(exponent_of(entry), 8 * v));
      }
      store(to.exponents[k] + h * kHalf, exponents);
      largest = _mm256_max_epu8(largest, exponents);
    }
    const __m256i far = _mm256_set1_epi8(kDistances);
    for (int k = 0; k < model.depth; ++k) {
      const __m256i exponents = load(to.exponents[k] + h * kHalf);
      const __m256i zero = _mm256_cmpeq_epi8(exponents, _mm256_setzero_si256());
      __m256i distance = _mm256_min_epu8(_mm256_sub_epi8(largest, exponents), far);
      distance = _mm256_blendv_epi8(distance, far, zero);
      for (int d = 0; d < kDistances; ++d) {
        store(to.planes[k * kDistances + d] + h * kHalf, _mm256_shuffle_epi8(one_hot, distance));
        distance = _mm256_add_epi8(distance, _mm256_set1_epi8(1));
      }
    }
    store(to.planes[kStepDepth * kDistances] + h * kHalf, _mm256_setzero_si256());
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) {
      const int column = h * kHalf + v * kLanes;
      const __m256i exponent = _mm256_and_si256(_mm256_srli_epi32(largest, 8 * v), _mm256_set1_epi32(0xFF));
      store(to.largest + column, _mm256_slli_epi32(_mm256_sub_epi32(exponent, _mm256_set1_epi32(kExponentOffset)), 23));
      store(to.signs + column, signs[v]);
    }
  }
}

/// Four rows of dwords [row][k], k = 0..7, to [k][row]: to[j] holds k = j in its low half and k = j + 4 in its high
/// half.
void transpose_rows(const __m256i row[kStepRows], __m256i to[kStepRows]) {
  const __m256i low01 = _mm256_unpacklo_epi32(row[0], row[1]);
  const __m256i high01 = _mm256_unpackhi_epi32(row[0], row[1]);
  const __m256i low23 = _mm256_unpacklo_epi32(row[2], row[3]);
  const __m256i high23 = _mm256_unpackhi_epi32(row[2], row[3]);
  to[0] = _mm256_unpacklo_epi64(low01, low23);
  to[1] = _mm256_unpackhi_epi64(low01, low23);
  to[2] = _mm256_unpacklo_epi64(high01, high23);
  to[3] = _mm256_unpackhi_epi64(high01, high23);
}

void store_halves(void* low, void* high, __m256i x) {
  _mm_store_si128(static_cast<__m128i*>(low), _mm256_castsi256_si128(x));
  _mm_store_si128(static_cast<__m128i*>(high), _mm256_extracti128_si256(x, 1));
}

template <typename Value>
void expand_a(const StepModel& model, const std::uint8_t* codes, std::int64_t row_stride, int rows, void* block) {
  auto& to = *static_cast<BlockA<Value>*>(block);
  alignas(32) std::int32_t exponents[kStepRows][kStepDepth];
  __m256i largest = _mm256_setzero_si256();
  for (int r = 0; r < kStepRows; ++r) to.signs[r] = 0;
  for (int k = 0; k < model.depth; k += kLanes) {
    __m256i value[kStepRows];
#pragma GCC unroll 4
    for (int r = 0; r < kStepRows; ++r) {
      const __m256i code = load_codes(codes + (r < rows ? r : rows - 1) * row_stride + k);
      const __m256i entry = look_up(model.a, code);
      value[r] = value_of(entry, code);
      to.signs[r] |= static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(value[r]))) << k;
      const __m256i exponent = exponent_of(entry);
      store(exponents[r] + k, exponent);
      largest = _mm256_max_epi32(largest, exponent);
    }
    __m256i by_depth[kStepRows];
    transpose_rows(value, by_depth);
#pragma GCC unroll 4
    for (int j = 0; j < kStepRows; ++j) {
      store_values(to.values[k + j], _mm256_castsi256_si128(by_depth[j]));
      store_values(to.values[k + j + 4], _mm256_extracti128_si256(by_depth[j], 1));
    }
  }
  __m128i most = _mm_max_epi32(_mm256_castsi256_si128(largest), _mm256_extracti128_si256(largest, 1));
  most = _mm_max_epi32(most, _mm_shuffle_epi32(most, 0x4E));
  most = _mm_max_epi32(most, _mm_shuffle_epi32(most, 0xB1));
  const int group = _mm_cvtsi128_si32(most);
  // The one-hot bit 0x40 in the top byte of a dword converts to 2^30.
  to.largest = static_cast<std::int32_t>(static_cast<std::uint32_t>(group - kExponentOffset - 30) << 23);

  const __m256i none = _mm256_set1_epi32(kStepDepth * kDistances * kStepColumns);
  for (int k = 0; k < model.depth; k += kLanes) {
    __m256i planes[kStepRows];
    const __m256i first =
        _mm256_mullo_epi32(_mm256_add_epi32(_mm256_set1_epi32(k), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)),
                           _mm256_set1_epi32(kDistances));
#pragma GCC unroll 4
    for (int r = 0; r < kStepRows; ++r) {
      const __m256i exponent = load(exponents[r] + k);
      const __m256i distance = _mm256_sub_epi32(_mm256_set1_epi32(group), exponent);
      const __m256i outside = _mm256_or_si256(_mm256_cmpgt_epi32(distance, _mm256_set1_epi32(kDistances - 1)),
                                              _mm256_cmpeq_epi32(exponent, _mm256_setzero_si256()));
      planes[r] = _mm256_blendv_epi8(_mm256_slli_epi32(_mm256_add_epi32(first, distance), 6), none, outside);
    }
    __m256i by_depth[kStepRows];
    transpose_rows(planes, by_depth);
#pragma GCC unroll 2
    for (int j = 0; j < kStepRows; j += 2)
      store_halves(to.planes[k + j], to.planes[k + j + 4], _mm256_packus_epi32(by_depth[j], by_depth[j + 1]));
  }
  for (int r = 0; r < kStepRows; ++r)
    for (int k = 0; k < model.depth; ++k) to.exponents[r][k] = static_cast<std::uint8_t>(exponents[r][k]);
}

}  // namespace
}  // namespace octavo::sim::gemm
