// The multiply-add rungs of the tensor-core ladder with AVX-512, for sums of 13 fraction bits.
// Included by tensor_core_kernel.simd.cpp only.
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

// GCC 12 warns falsely inside its own intrinsics, which start from undefined registers.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop

#include <cstdint>

#include "sim/gemm/tensor_core_kernel.h"

namespace octavo::sim::gemm {
namespace {

constexpr int kDistances = 8;                // bits of a one-hot byte
constexpr int kVectors = kStepColumns / 16;  // of an accumulator row
constexpr int kTowardZero = _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC;
constexpr int kEnlarge = 0x40;        // added to |b|'s bits: between 2^-18 and 2^-17 of it
constexpr int kNoProduct = 127 - 90;  // exponent field of a sum of zero products: below every addend's

/// Column 16 v + l of a panel is byte v of dword l wherever columns are bytes.
struct alignas(64) BlockB {
  float values[kStepDepth][kStepColumns];
  std::uint8_t planes[kStepDepth * kDistances + 1][kStepColumns];  // the last is zero
  std::uint8_t exponents[kStepDepth][kStepColumns];                // plus kExponentOffset; 0 for zero
  std::int32_t largest[kStepColumns];                              // C as an exponent field's increment
  std::uint32_t signs[kStepColumns];                               // bit k: the sign of element k
};

struct alignas(64) BlockA {
  float values[kStepDepth][kStepRows];
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

void expand_b(const StepModel& model, const std::uint8_t* codes, void* block) {
  auto& to = *static_cast<BlockB*>(block);
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
      _mm512_store_si512(to.values[k] + 16 * v, _mm512_or_si512(value[v], _mm512_set1_epi32(kEnlarge)));
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
  _mm512_store_si512(to.planes[kStepDepth * kDistances], _mm512_setzero_si512());
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

void expand_a(const StepModel& model, const std::uint8_t* codes, std::int64_t row_stride, int rows, void* block) {
  auto& to = *static_cast<BlockA*>(block);
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
  const __m512i none = _mm512_set1_epi16(static_cast<short>(kStepDepth * kDistances * kStepColumns));
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
    _mm512_store_si512(to.values[8 * j], _mm512_slli_epi32(low, 16));
    _mm512_store_si512(to.values[8 * j + 4], _mm512_slli_epi32(high, 16));
  }
}

__m512i population_count(__m512i x) {
  __m512i count;
  __asm__("vpopcntd %1, %0" : "=v"(count) : "v"(x));
  return count;
}

/// The largest exponents of a tile's products as floats 2^E (with any mantissa), byte-wise max-plus.
void exponents_by_addition(const StepModel& model, const BlockA& a, const BlockB& b,
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

/// What becomes of a sum: kept for the next step to cut, or rounded to nearest f16. Clamped: a nonzero addend aligns by
/// 2^-14 at least. An infinite f16 makes S, and so everything after it, a NaN of the same sign.
enum class Output { f32, f16, f16_clamped };

/// The accumulator's start S + c, with the units for the products of the other sign counted in, and S / 2^10.
template <int depth, bool clamp>
void start(__m512i product, __m512 c, __m512i a_signs, __m512i b_signs, __m512& accumulator, __m512& scaled_start) {
  constexpr int kLargerMagnitude = 0x3;  // with the sign of the first operand
  __m512 larger = _mm512_range_ps(c, _mm512_castsi512_ps(product), kLargerMagnitude);
  if (clamp) {
    const __mmask16 nonzero = _mm512_test_epi32_mask(_mm512_castps_si512(c), _mm512_set1_epi32(0x7FFFFFFF));
    larger = _mm512_mask_range_ps(larger, nonzero, larger, _mm512_set1_ps(0x1p-14f), kLargerMagnitude);
  }
  // Sign and exponent of `larger`, mantissa 1.5.
  scaled_start = _mm512_castsi512_ps(_mm512_ternarylogic_epi32(_mm512_castps_si512(larger),
                                                               _mm512_set1_epi32(static_cast<int>(0xFF800000u)),
                                                               _mm512_set1_epi32(0x00400000), 0xEA));
  const __m512 started = _mm512_fmadd_round_ps(scaled_start, _mm512_set1_ps(0x1p10f), c, kTowardZero);
  const __m512i sign = _mm512_srai_epi32(_mm512_castps_si512(c), 31);
  constexpr int kXor = 0x96;
  __m512i opposite = _mm512_ternarylogic_epi32(sign, b_signs, a_signs, kXor);
  if (depth < 32) opposite = _mm512_and_si512(opposite, _mm512_set1_epi32((1 << depth % 32) - 1));
  opposite = population_count(opposite);
  accumulator = _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(started), opposite));
}

template <int depth, Output output>
void fused_step(const StepModel& model, const BlockA* a, std::int64_t groups, const BlockB& b, float* state,
                bool by_addition) {
  const auto* planes = &b.planes[0][0];
  const auto plane = [&](std::uint16_t offset) { return _mm512_load_si512(planes + offset); };
  constexpr int kOr = 0xFE;
  __m512i hot[kStepRows];
#pragma GCC unroll 4
  for (int r = 0; r < kStepRows; ++r) hot[r] = _mm512_setzero_si512();
  if (!by_addition)
    for (int k = 0; k < depth; k += 2)
#pragma GCC unroll 4
      for (int r = 0; r < kStepRows; ++r)
        hot[r] = _mm512_ternarylogic_epi64(hot[r], plane(a->planes[k][r]), plane(a->planes[k + 1][r]), kOr);

  for (std::int64_t group = 0; group < groups; ++group, ++a, state += kStepRows * kStepColumns) {
    __m512 sum[kStepRows][kVectors];
    alignas(64) float scaled_start[kStepRows][kStepColumns];
    const __mmask64 missing = _mm512_testn_epi8_mask(hot[0], hot[0]) | _mm512_testn_epi8_mask(hot[1], hot[1]) |
                              _mm512_testn_epi8_mask(hot[2], hot[2]) | _mm512_testn_epi8_mask(hot[3], hot[3]);
    if (__builtin_expect(missing != 0, 0)) {
      __m512i product[kStepRows][kVectors];
      exponents_by_addition(model, *a, b, product);
#pragma GCC unroll 4
      for (int r = 0; r < kStepRows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) {
          __m512 scaled;
          start<depth, output == Output::f16_clamped>(product[r][v], _mm512_load_ps(state + r * kStepColumns + 16 * v),
                                                      _mm512_set1_epi32(static_cast<int>(a->signs[r])),
                                                      _mm512_load_si512(b.signs + 16 * v), sum[r][v], scaled);
          _mm512_store_ps(scaled_start[r] + 16 * v, scaled);
        }
    } else {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) {
        const __m512i largest = _mm512_add_epi32(_mm512_load_si512(b.largest + 16 * v), _mm512_set1_epi32(a->largest));
        const __m512i signs = _mm512_load_si512(b.signs + 16 * v);
#pragma GCC unroll 4
        for (int r = 0; r < kStepRows; ++r) {
          const __m512i byte = v == 3 ? hot[r] : _mm512_slli_epi32(hot[r], 24 - 8 * v);
          const __m512 power = _mm512_cvt_roundepu32_ps(byte, kTowardZero);
          const __m512i product = _mm512_add_epi32(_mm512_castps_si512(power), largest);
          __m512 scaled;
          start<depth, output == Output::f16_clamped>(product, _mm512_load_ps(state + r * kStepColumns + 16 * v),
                                                      _mm512_set1_epi32(static_cast<int>(a->signs[r])), signs,
                                                      sum[r][v], scaled);
          _mm512_store_ps(scaled_start[r] + 16 * v, scaled);
        }
      }
    }
    const BlockA& next = group + 1 < groups ? a[1] : a[0];
#pragma GCC unroll 4
    for (int r = 0; r < kStepRows; ++r) hot[r] = _mm512_setzero_si512();
    for (int k = 0; k < depth; k += 2) {
      // The next group's values (8 or 4 lines; its planes are read below) and sums (16 lines).
      if (k % 4 == 0) __builtin_prefetch(next.values[k]);
      __builtin_prefetch(state + kStepRows * kStepColumns + 8 * k * (32 / depth));
      if (depth == 16) __builtin_prefetch(state + kStepRows * kStepColumns + 8 * k * (32 / depth) + 16);
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
      if (!by_addition)
#pragma GCC unroll 4
        for (int r = 0; r < kStepRows; ++r)
          hot[r] = _mm512_ternarylogic_epi64(hot[r], plane(next.planes[k][r]), plane(next.planes[k + 1][r]), kOr);
    }
#pragma GCC unroll 4
    for (int r = 0; r < kStepRows; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) {
        __m512 result = _mm512_fnmadd_ps(_mm512_load_ps(scaled_start[r] + 16 * v), _mm512_set1_ps(0x1p10f), sum[r][v]);
        if (output != Output::f32)
          result = _mm512_cvtph_ps(_mm512_cvtps_ph(result, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
        _mm512_store_ps(state + r * kStepColumns + 16 * v, result);
      }
  }
}

template <bool by_addition>
void narrow_step(const StepModel& model, const void* a_blocks, std::int64_t groups, const void* b_block, float* state) {
  const auto* a = static_cast<const BlockA*>(a_blocks);
  const auto& b = *static_cast<const BlockB*>(b_block);
  const auto step = [&]<int depth>() {
    if (!model.f16)
      fused_step<depth, Output::f32>(model, a, groups, b, state, by_addition);
    else if (!model.clamp_addend)
      fused_step<depth, Output::f16>(model, a, groups, b, state, by_addition);
    else
      fused_step<depth, Output::f16_clamped>(model, a, groups, b, state, by_addition);
  };
  if (model.depth == 32)
    step.template operator()<32>();
  else
    step.template operator()<16>();
}

constexpr TensorCoreStep kNarrowFma{sizeof(BlockA), sizeof(BlockB), expand_a, expand_b, narrow_step<true>};
constexpr TensorCoreStep kNarrowFused{sizeof(BlockA), sizeof(BlockB), expand_a, expand_b, narrow_step<false>};

}  // namespace
}  // namespace octavo::sim::gemm
