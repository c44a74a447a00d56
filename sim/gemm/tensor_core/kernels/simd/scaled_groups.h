// mxf4nvf4: exact sums of 16 products of E2M1, times two scales each, aligned as four terms beside the addend.
// Included by simd/tensor_core.simd.cpp only.
//
// Twice an E2M1 number is an integer of at most 12, so a sum of 16 products is a word in units of 2^-2. Bytes are
// multiplied with VPMADDUBSW, which wants one factor without sign: 12 is added to each of A's, and 12 times the sum of
// B's taken off at the start. A term is that word times both scales, exact in binary64; so is the sum of four and the
// addend while the alignment cuts nothing, which the exponents say for a whole row of 64 columns. Where it may cut,
// each term is divided by the last place kept, truncated, and added: integers below 2^51.
#pragma once

#include <cstdint>

#include "sim/gemm/tensor_core/kernels/scaled_groups.h"
#include "sim/gemm/tensor_core/kernels/simd/integer.h"

#if defined(OCTAVO_ISA_avx512) || defined(OCTAVO_ISA_avx2)
#include <immintrin.h>
#endif

namespace octavo::sim::gemm {
namespace {

constexpr int kShift = 12;  // the largest of A's magnitudes, in halves

struct alignas(64) GroupsA {
  std::uint8_t elements[kStepRows][kScaledDepth];  // in halves, plus kShift
  double scales[kStepRows][kStepGroups];           // times 2^-2
  std::int16_t exponents[kStepRows][kStepGroups];
  std::uint16_t nonzero[kStepRows][kStepGroups];  // bit k: element k is not zero; 0 if the scale is
};

struct alignas(64) GroupsB {
  std::int8_t pairs[kScaledDepth / 2][kStepColumns][2];  // in halves
  std::int16_t shift[kStepGroups][kStepColumns];         // what takes A's shift off
  float scales[kStepGroups][kStepColumns];
  std::int16_t exponents[kStepGroups][kStepColumns];
  std::uint16_t nonzero[kStepGroups][kStepColumns];
};

alignas(16) constexpr std::int8_t kInHalves[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

#if defined(OCTAVO_ISA_avx512) || defined(OCTAVO_ISA_avx2)

/// 16 elements of a row in halves, and a bit for each that is not zero.
std::uint32_t expand_group(const std::uint8_t* codes, std::uint8_t* elements) {
  const __m128i two = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(codes));
  const __m128i code = _mm_and_si128(_mm_unpacklo_epi8(two, _mm_srli_epi16(two, 4)), _mm_set1_epi8(15));
  const __m128i element = _mm_shuffle_epi8(_mm_load_si128(reinterpret_cast<const __m128i*>(kInHalves)), code);
  _mm_store_si128(reinterpret_cast<__m128i*>(elements), _mm_add_epi8(element, _mm_set1_epi8(kShift)));
  return ~static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(element, _mm_setzero_si128())));
}

/// Elements k and k + 1 of a panel in pairs; their sums, and bits from `bit` on for those that are not zero, by column.
void expand_pair(const std::uint8_t (*codes)[kStepColumns / 2], int bit, std::int8_t (*pairs)[2],
                 __m256i sum[kStepColumns / 16], __m256i nonzero[kStepColumns / 16]) {
  const __m256i halves = _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(kInHalves)));
  const __m256i low = _mm256_set1_epi8(15);
  const __m256i first = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes[0]));
  const __m256i second = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes[1]));
  for (int half = 0; half < 2; ++half) {
    const __m256i even =
        _mm256_shuffle_epi8(halves, _mm256_and_si256(half == 0 ? first : _mm256_srli_epi16(first, 4), low));
    const __m256i odd =
        _mm256_shuffle_epi8(halves, _mm256_and_si256(half == 0 ? second : _mm256_srli_epi16(second, 4), low));
    const __m256i lows = _mm256_unpacklo_epi8(even, odd);
    const __m256i highs = _mm256_unpackhi_epi8(even, odd);
    const __m256i columns[2] = {_mm256_permute2x128_si256(lows, highs, 0x20),
                                _mm256_permute2x128_si256(lows, highs, 0x31)};
    for (int i = 0; i < 2; ++i) {
      const int v = 2 * half + i;
      _mm256_store_si256(reinterpret_cast<__m256i*>(pairs) + v, columns[i]);
      sum[v] = _mm256_add_epi16(sum[v], _mm256_maddubs_epi16(_mm256_set1_epi8(1), columns[i]));
      const __m256i is =
          _mm256_andnot_si256(_mm256_cmpeq_epi8(columns[i], _mm256_setzero_si256()), _mm256_set1_epi16(0x0101));
      const __m256i bits = _mm256_and_si256(_mm256_or_si256(is, _mm256_srli_epi16(is, 7)), _mm256_set1_epi16(3));
      nonzero[v] = _mm256_or_si256(nonzero[v], _mm256_sll_epi16(bits, _mm_cvtsi32_si128(bit)));
    }
  }
}

void expand_columns(const ScaledPanelStep& from, int g, GroupsB& to) {
  __m256i sum[kStepColumns / 16] = {};
  __m256i nonzero[kStepColumns / 16] = {};
  for (int i = 0; i < kGroupDepth; i += 2) {
    const int k = g * kGroupDepth + i;
    expand_pair(from.codes + k, i, to.pairs[k / 2], sum, nonzero);
  }
  for (int v = 0; v < kStepColumns / 16; ++v) {
    _mm256_store_si256(reinterpret_cast<__m256i*>(to.shift[g] + 16 * v),
                       _mm256_mullo_epi16(sum[v], _mm256_set1_epi16(-kShift)));
    _mm256_store_si256(reinterpret_cast<__m256i*>(to.nonzero[g] + 16 * v), nonzero[v]);
  }
}

#else

std::uint32_t expand_group(const std::uint8_t* codes, std::uint8_t* elements) {
  std::uint32_t nonzero = 0;
  for (int k = 0; k < kGroupDepth; ++k) {
    const std::int8_t element = kInHalves[codes[k / 2] >> (k % 2 * 4) & 15];
    elements[k] = static_cast<std::uint8_t>(element + kShift);
    nonzero |= static_cast<std::uint32_t>(element != 0) << k;
  }
  return nonzero;
}

void expand_columns(const ScaledPanelStep& from, int g, GroupsB& to) {
  for (int j = 0; j < kStepColumns; ++j) {
    int sum = 0;
    std::uint32_t nonzero = 0;
    for (int i = 0; i < kGroupDepth; ++i) {
      const int k = g * kGroupDepth + i;
      const std::int8_t element = kInHalves[from.codes[k][j % (kStepColumns / 2)] >> (j / (kStepColumns / 2) * 4) & 15];
      to.pairs[k / 2][j][k % 2] = element;
      sum += element;
      nonzero |= static_cast<std::uint32_t>(element != 0) << i;
    }
    to.shift[g][j] = static_cast<std::int16_t>(-kShift * sum);
    to.nonzero[g][j] = static_cast<std::uint16_t>(nonzero);
  }
}

#endif

void expand_groups_a(const StepModel& model, const std::uint8_t* codes, std::int64_t row_stride, int rows,
                     void* block) {
  auto& to = *static_cast<GroupsA*>(block);
  for (int r = 0; r < kStepRows; ++r) {
    const auto& from = *reinterpret_cast<const ScaledRowStep*>(codes + (r < rows ? r : rows - 1) * row_stride);
    for (int g = 0; g < kStepGroups; ++g) {
      const std::uint32_t nonzero = expand_group(from.codes + g * (kGroupDepth / 2), to.elements[r] + g * kGroupDepth);
      const float scale = model.scales.values[from.scales[g]];
      to.scales[r][g] = 0.25 * static_cast<double>(scale);
      to.exponents[r][g] = model.scales.exponents[from.scales[g]];
      to.nonzero[r][g] = static_cast<std::uint16_t>(scale == 0.0f ? 0u : nonzero);
    }
  }
}

void expand_groups_b(const StepModel& model, const std::uint8_t* codes, void* block) {
  auto& to = *static_cast<GroupsB*>(block);
  const auto& from = *reinterpret_cast<const ScaledPanelStep*>(codes);
  for (int g = 0; g < kStepGroups; ++g) {
    expand_columns(from, g, to);
    for (int j = 0; j < kStepColumns; ++j) {
      const int scale = from.scales[g][j];
      to.scales[g][j] = model.scales.values[scale];
      to.exponents[g][j] = model.scales.exponents[scale];
      if (to.scales[g][j] == 0.0f) to.nonzero[g][j] = 0;
    }
  }
}

/// Sums of kStepGroups groups of a row, in units of 2^-2.
using GroupSums = std::int16_t[kStepGroups][kStepColumns];

void sum_groups(const GroupsA& a, int r, const GroupsB& b, GroupSums& sums) {
  for (int g = 0; g < kStepGroups; ++g) {
    const std::uint8_t* row = a.elements[r] + g * kGroupDepth;
#if defined(OCTAVO_ISA_avx512) || defined(OCTAVO_ISA_avx2)
    __m256i total[kStepColumns / 16];
#pragma GCC unroll 4
    for (int v = 0; v < kStepColumns / 16; ++v)
      total[v] = _mm256_load_si256(reinterpret_cast<const __m256i*>(b.shift[g] + 16 * v));
#pragma GCC unroll 8
    for (int p = 0; p < kGroupDepth / 2; ++p) {
      std::int16_t two;
      __builtin_memcpy(&two, row + 2 * p, sizeof two);
      const __m256i pair = _mm256_set1_epi16(two);
      const auto* column = reinterpret_cast<const __m256i*>(b.pairs[g * kGroupDepth / 2 + p]);
#pragma GCC unroll 4
      for (int v = 0; v < kStepColumns / 16; ++v)
        total[v] = _mm256_add_epi16(total[v], _mm256_maddubs_epi16(pair, _mm256_load_si256(column + v)));
    }
#pragma GCC unroll 4
    for (int v = 0; v < kStepColumns / 16; ++v)
      _mm256_store_si256(reinterpret_cast<__m256i*>(sums[g] + 16 * v), total[v]);
#else
    std::int16_t total[kStepColumns];
    for (int j = 0; j < kStepColumns; ++j) total[j] = b.shift[g][j];
    for (int p = 0; p < kGroupDepth / 2; ++p)
      for (int j = 0; j < kStepColumns; ++j) {
        const std::int8_t* pair = b.pairs[g * kGroupDepth / 2 + p][j];
        total[j] = static_cast<std::int16_t>(total[j] + row[2 * p] * pair[0] + row[2 * p + 1] * pair[1]);
      }
    for (int j = 0; j < kStepColumns; ++j) sums[g][j] = total[j];
#endif
  }
}

/// x toward zero to binary32; infinite from 2^128 on.
void store_toward_zero(const double* x, float* to) {
  for (int j = 0; j < kStepColumns; ++j) {
    const float nearest = static_cast<float>(x[j]);
    const double magnitude = __builtin_fabs(x[j]);
    const bool away = __builtin_fabs(static_cast<double>(nearest)) > magnitude && magnitude < 0x1p128;
    to[j] = float_of(bits_of(nearest) - (away ? 1u : 0u));
  }
}

/// Where the terms of a row align, by column: the largest exponent; true if nothing is cut anywhere.
bool align(const StepModel& model, const GroupsA& a, int r, const GroupsB& b, const float* state,
           std::int32_t* exponents) {
  constexpr std::int16_t kAbove = 0x3FFF;
  const auto zero = static_cast<std::int16_t>(model.zero_exponent);
  alignas(64) std::int16_t largest[kStepColumns];
  alignas(64) std::int16_t smallest[kStepColumns];
  for (int j = 0; j < kStepColumns; ++j) largest[j] = -0x3FFF;
  for (int j = 0; j < kStepColumns; ++j) smallest[j] = kAbove;
  for (int g = 0; g < kStepGroups; ++g) {
    const std::uint16_t nonzero = a.nonzero[r][g];
    const std::int16_t exponent = a.exponents[r][g];
    for (int j = 0; j < kStepColumns; ++j) {
      const bool present = (nonzero & b.nonzero[g][j]) != 0;
      const auto sum = static_cast<std::int16_t>(exponent + b.exponents[g][j]);
      const std::int16_t above = present ? sum : zero;
      const std::int16_t below = present ? sum : kAbove;
      largest[j] = above > largest[j] ? above : largest[j];
      smallest[j] = below < smallest[j] ? below : smallest[j];
    }
  }
  constexpr int kAddendBits = 23;
  const int bits = model.fraction_bits;
  const int below = 2 + 2 * model.scales.bits;  // a term's last bit, from its exponent
  std::int32_t cut = 0;
  for (int j = 0; j < kStepColumns; ++j) {
    const std::uint32_t magnitude = bits_of(state[j]) & 0x7FFFFFFFu;
    const auto field = static_cast<std::int32_t>(magnitude >> 23);
    const std::int32_t own = (field > 1 ? field : 1) - 127;
    const std::int32_t addend = magnitude == 0 ? model.zero_exponent : own;
    const std::int32_t most = addend > largest[j] ? addend : largest[j];
    exponents[j] = most;
    const std::int32_t last = most - bits;
    cut |= static_cast<std::int32_t>(smallest[j] - below < last) |
           static_cast<std::int32_t>((magnitude != 0) & (own - kAddendBits < last));
  }
  return cut == 0;
}

void scaled_row(const StepModel& model, const GroupsA& a, int r, const GroupsB& b, float* state) {
  alignas(64) GroupSums sums;
  alignas(64) std::int32_t exponents[kStepColumns];
  alignas(64) double total[kStepColumns];
  sum_groups(a, r, b, sums);
  if (__builtin_expect(align(model, a, r, b, state, exponents), 1)) {
    const double a0 = a.scales[r][0], a1 = a.scales[r][1], a2 = a.scales[r][2], a3 = a.scales[r][3];
    for (int j = 0; j < kStepColumns; ++j) {
      const double low = sums[0][j] * (a0 * b.scales[0][j]) + sums[1][j] * (a1 * b.scales[1][j]);
      const double high = sums[2][j] * (a2 * b.scales[2][j]) + sums[3][j] * (a3 * b.scales[3][j]);
      total[j] = static_cast<double>(state[j]) + (low + high);
    }
  } else {
    for (int j = 0; j < kStepColumns; ++j) {
      const double units = power(model.fraction_bits - exponents[j]);
      double kept = __builtin_trunc(static_cast<double>(state[j]) * units);
      for (int g = 0; g < kStepGroups; ++g)
        kept += __builtin_trunc(sums[g][j] * (a.scales[r][g] * b.scales[g][j]) * units);
      total[j] = kept * power(exponents[j] - model.fraction_bits);
    }
  }
  store_toward_zero(total, state);
}

void run_scaled_groups(const StepModel& model, const void* a_blocks, std::int64_t groups, const void* b_block,
                       float* state) {
  const auto* a = static_cast<const GroupsA*>(a_blocks);
  const auto& b = *static_cast<const GroupsB*>(b_block);
  for (std::int64_t group = 0; group < groups; ++group)
    for (int r = 0; r < kStepRows; ++r, state += kStepColumns) scaled_row(model, a[group], r, b, state);
}

constexpr TensorCoreStep kScaledGroups{sizeof(GroupsA), sizeof(GroupsB), expand_groups_a, expand_groups_b,
                                       run_scaled_groups};

}  // namespace
}  // namespace octavo::sim::gemm
