// Sums of 25 fraction bits that their alignment cuts nothing of, in 16-bit integers: AVX2, also used with AVX-512.
// Included by simd/tensor_core.simd.cpp only.
//
// A step keeps the bits down to 2^(E-25). FP8 numbers have few bits, so the products of a row group and a panel are
// mostly multiples of that: let every element of the group be a multiple of 2^u below 2^(u+s+1), every element of a
// column one of 2^v below 2^(v+t+1). Then E <= u + v + s + t unless the addend has it, and while s + t <= 25, and the
// addend is a multiple of 2^(u+v) below 2^(u+v+26), nothing is cut: the sum is one of integers that VPMADDWD
// multiplies, and 32 bits hold it (16 products of at most (15/8)^2 2^(s+t), or 32 of at most half that). It is rounded
// as ever. Row groups of which this cannot be said take the general step.
#pragma once

#include <cstddef>

#include "sim/gemm/tensor_core/kernels/simd/lossless_expand.h"

namespace octavo::sim::gemm {
namespace {

constexpr float kLosslessAddend = 0x1p26f;  // in units
constexpr int kStrip = 2;                   // vectors of columns multiplied at a time

/// The addends of a tile as integers; false if one of them is not a small multiple of its unit.
bool integer_addends(const float* state, const LosslessA& a, const LosslessB& b, __m256i addend[][kStepRows]) {
  __m256 bad = _mm256_setzero_ps();
  const __m256 magnitude = _mm256_castsi256_ps(_mm256_set1_epi32(0x7FFFFFFF));
  for (int v = 0; v < kStepColumns / 8; ++v) {
    const __m256i unit = _mm256_add_epi32(_mm256_load_si256(reinterpret_cast<const __m256i*>(b.unit + 8 * v)),
                                          _mm256_set1_epi32(a.unit));
    const __m256 inverse = _mm256_castsi256_ps(_mm256_sub_epi32(_mm256_set1_epi32(127 << 23), unit));
#pragma GCC unroll 4
    for (int r = 0; r < kStepRows; ++r) {
      const __m256 c = _mm256_mul_ps(_mm256_load_ps(state + r * kStepColumns + 8 * v), inverse);
      const __m256i integer = _mm256_cvttps_epi32(c);
      bad = _mm256_or_ps(bad, _mm256_cmp_ps(_mm256_cvtepi32_ps(integer), c, _CMP_NEQ_UQ));
      bad = _mm256_or_ps(bad, _mm256_cmp_ps(_mm256_and_ps(c, magnitude), _mm256_set1_ps(kLosslessAddend), _CMP_NLT_UQ));
      addend[v][r] = integer;
    }
  }
  return _mm256_testz_ps(bad, bad) != 0;
}

/// A sum of integers as f32 (MXCSR rounds toward zero), or with a last bit that tells of those cut.
template <bool to_odd>
__m256 narrowed_integer(__m256i sum) {
  __m256 result = _mm256_cvtepi32_ps(sum);
  if (to_odd) {
    const __m256i exact = _mm256_cmpeq_epi32(_mm256_cvttps_epi32(result), sum);
    const __m256i odd = _mm256_andnot_si256(exact, _mm256_set1_epi32(1));
    result = _mm256_castsi256_ps(_mm256_or_si256(_mm256_castps_si256(result), odd));
  }
  return result;
}

/// One row group, from the state or from zero; false, and nothing done, if something might be cut. MXCSR rounds toward
/// zero.
template <int depth, bool f16, bool from_zero>
bool multiply_lossless(const LosslessA& a, const LosslessB& b, float* state) {
  constexpr int kWidest = depth == 32 ? 24 : 25;
  if (a.span + b.span > kWidest) return false;
  __m256i addend[kStepColumns / 8][kStepRows];
  if (!from_zero && !integer_addends(state, a, b, addend)) return false;
  for (int column = 0; column < kStepColumns; column += 8 * kStrip) {
    __m256i sum[kStepRows][kStrip];
#pragma GCC unroll 4
    for (int r = 0; r < kStepRows; ++r)
#pragma GCC unroll 2
      for (int i = 0; i < kStrip; ++i) sum[r][i] = from_zero ? _mm256_setzero_si256() : addend[column / 8 + i][r];
#pragma GCC unroll 4
    for (int p = 0; p < depth / 2; ++p) {
      const auto* columns = reinterpret_cast<const __m256i*>(b.pairs[p] + column);
      const __m256i column0 = _mm256_load_si256(columns);
      const __m256i column1 = _mm256_load_si256(columns + 1);
#pragma GCC unroll 4
      for (int r = 0; r < kStepRows; ++r) {
        const __m256i row = _mm256_set1_epi32(a.pairs[p][r]);
        sum[r][0] = _mm256_add_epi32(sum[r][0], _mm256_madd_epi16(row, column0));
        sum[r][1] = _mm256_add_epi32(sum[r][1], _mm256_madd_epi16(row, column1));
      }
    }
#pragma GCC unroll 2
    for (int i = 0; i < kStrip; ++i) {
      const int at = column + 8 * i;
      const __m256i unit = _mm256_add_epi32(_mm256_load_si256(reinterpret_cast<const __m256i*>(b.unit + at)),
                                            _mm256_set1_epi32(a.unit + (127 << 23)));
#pragma GCC unroll 4
      for (int r = 0; r < kStepRows; ++r) {
        __m256 result = _mm256_mul_ps(narrowed_integer<f16>(sum[r][i]), _mm256_castsi256_ps(unit));
        if (f16) result = _mm256_cvtph_ps(_mm256_cvtps_ph(result, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
        _mm256_store_ps(state + r * kStepColumns + at, result);
      }
    }
  }
  return true;
}

/// sums += state, nearest even, in f16 if so; a NaN of a chain in f16 stands for the infinity of its sign.
void add_results(bool f16, const float* state, std::int64_t count, float* sums) {
  for (std::int64_t i = 0; i < count; i += 8) {
    __m256 result = _mm256_load_ps(state + i);
    if (f16) {
      const __m256 infinity = _mm256_and_ps(result, _mm256_set1_ps(-__builtin_inff()));
      result = _mm256_blendv_ps(result, infinity, _mm256_cmp_ps(result, result, _CMP_UNORD_Q));
    }
    result = _mm256_add_ps(_mm256_load_ps(sums + i), result);
    // A sum of two f16 rounded to f32 first is as if it were not: 24 >= 2 * 11 + 2 (Figueroa 1995).
    if (f16) result = _mm256_cvtph_ps(_mm256_cvtps_ph(result, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
    _mm256_store_ps(sums + i, result);
  }
}

/// A step that has both: `General` is the TensorCoreStep of the groups that may lose bits.
template <const TensorCoreStep& general>
struct Lossless {
  static void expand_a(const StepModel& model, const std::uint8_t* codes, std::int64_t row_stride, int rows,
                       void* block) {
    auto& lossless = *static_cast<LosslessA*>(block);
    expand_lossless_a(model, codes, row_stride, rows, lossless);
    general.expand_a(model, codes, row_stride, rows, &lossless + 1);
  }

  static void expand_b(const StepModel& model, const std::uint8_t* codes, void* block) {
    auto& lossless = *static_cast<LosslessB*>(block);
    expand_lossless_b(model, codes, lossless);
    general.expand_b(model, codes, &lossless + 1);
  }

  /// Not inlined: nothing of it may move out of the rounding mode that the caller has set.
  template <int depth, bool f16, bool from_zero>
  __attribute__((noinline)) static void toward_zero(const StepModel& model, const std::byte* a_blocks,
                                                    std::int64_t groups, const LosslessB& b, float* state) {
    for (std::int64_t group = 0; group < groups; ++group, a_blocks += kABytes, state += kStepRows * kStepColumns) {
      const auto& a = *reinterpret_cast<const LosslessA*>(a_blocks);
      if (__builtin_expect(multiply_lossless<depth, f16, from_zero>(a, b, state), 1)) continue;
      if (from_zero) __builtin_memset(state, 0, kStepRows * kStepColumns * sizeof(float));
      general.run(model, &a + 1, 1, &b + 1, state);
    }
  }

  template <bool from_zero>
  static void step(const StepModel& model, const void* a_blocks, std::int64_t groups, const void* b_block,
                   float* state) {
    const auto* a = static_cast<const std::byte*>(a_blocks);
    const auto& b = *static_cast<const LosslessB*>(b_block);
    const std::uint32_t before = _mm_getcsr();
    _mm_setcsr(before | 0x6000u);  // toward zero
    if (model.depth == 32)
      (model.f16 ? toward_zero<32, true, from_zero> : toward_zero<32, false, from_zero>)(model, a, groups, b, state);
    else
      (model.f16 ? toward_zero<16, true, from_zero> : toward_zero<16, false, from_zero>)(model, a, groups, b, state);
    _mm_setcsr(before);
  }

  /// A few groups at a time, whose sums are then still in the cache.
  static void last(const StepModel& model, const void* a_blocks, std::int64_t groups, const void* b_block, float* state,
                   float* sums) {
    constexpr std::int64_t kGroups = 8;
    constexpr std::int64_t kTile = kStepRows * kStepColumns;
    for (std::int64_t group = 0; group < groups; group += kGroups) {
      const std::int64_t count = groups - group < kGroups ? groups - group : kGroups;
      step<false>(model, static_cast<const std::byte*>(a_blocks) + group * kABytes, count, b_block,
                  state + group * kTile);
      add_results(model.f16, state + group * kTile, count * kTile, sums + group * kTile);
    }
  }

  static constexpr std::int64_t kABytes = sizeof(LosslessA) + general.a_block_bytes;
  static constexpr TensorCoreStep with{
      kABytes, sizeof(LosslessB) + general.b_block_bytes, expand_a, expand_b, step<false>, step<true>, last};
};

}  // namespace
}  // namespace octavo::sim::gemm
