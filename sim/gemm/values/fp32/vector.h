// One vector register of floats, as kernel.simd.cpp needs it; only that file includes this.
#pragma once

#include <cstdint>

#if defined(OCTAVO_ISA_avx512) || defined(OCTAVO_ISA_avx2)
#include <immintrin.h>
#endif

namespace octavo::sim::gemm {
namespace {

#if defined(OCTAVO_ISA_avx512)

using Vector = __m512;
constexpr int kLanes = 16;
constexpr int kRows = 14, kVectors = 2;  // 28 accumulators, 2 registers for B, 1 for A

inline __mmask16 first(int count) {
  return static_cast<__mmask16>(count >= 16 ? 0xFFFF : count <= 0 ? 0 : (1 << count) - 1);
}
inline Vector zero() { return _mm512_setzero_ps(); }
inline Vector load(const float* p) { return _mm512_loadu_ps(p); }
inline Vector load_first(const float* p, int count) { return _mm512_maskz_loadu_ps(first(count), p); }
inline void store_first(float* p, Vector v, int count) { _mm512_mask_storeu_ps(p, first(count), v); }
/// The first `count` lanes; the other ones may go to what lies behind them before `end`, if that is quicker.
inline void store_over(float* p, Vector v, int count, const float*) { store_first(p, v, count); }
inline Vector broadcast(const float* p) { return _mm512_set1_ps(*p); }
inline Vector multiply_add(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
inline Vector canonical_nan(Vector v) {
  return _mm512_mask_mov_ps(v, _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q), _mm512_set1_ps(__builtin_nanf("")));
}

inline void transpose(Vector (&v)[kLanes]) {
  Vector quad[kLanes];  // lane l of quad[4 g + c]: column 4 l + c of rows 4 g to 4 g + 3
  for (int g = 0; g < 16; g += 4) {
    const __m512d a = _mm512_castps_pd(_mm512_unpacklo_ps(v[g], v[g + 1]));
    const __m512d b = _mm512_castps_pd(_mm512_unpackhi_ps(v[g], v[g + 1]));
    const __m512d c = _mm512_castps_pd(_mm512_unpacklo_ps(v[g + 2], v[g + 3]));
    const __m512d d = _mm512_castps_pd(_mm512_unpackhi_ps(v[g + 2], v[g + 3]));
    quad[g] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c));
    quad[g + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
    quad[g + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, d));
    quad[g + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, d));
  }
  for (int c = 0; c < 4; ++c) {
    const Vector even_low = _mm512_shuffle_f32x4(quad[c], quad[4 + c], 0x88);
    const Vector odd_low = _mm512_shuffle_f32x4(quad[c], quad[4 + c], 0xDD);
    const Vector even_high = _mm512_shuffle_f32x4(quad[8 + c], quad[12 + c], 0x88);
    const Vector odd_high = _mm512_shuffle_f32x4(quad[8 + c], quad[12 + c], 0xDD);
    v[c] = _mm512_shuffle_f32x4(even_low, even_high, 0x88);
    v[4 + c] = _mm512_shuffle_f32x4(odd_low, odd_high, 0x88);
    v[8 + c] = _mm512_shuffle_f32x4(even_low, even_high, 0xDD);
    v[12 + c] = _mm512_shuffle_f32x4(odd_low, odd_high, 0xDD);
  }
}

/// The 256 values of a table by their upper halves: eight registers, four pairs that vpermi2w reads.
struct Table {
  __m512i upper[8];

  explicit Table(const float* values) {
    for (int i = 0; i < 8; ++i)
      upper[i] = _mm512_inserti64x4(_mm512_castsi256_si512(upper_halves(values + 32 * i)),
                                    upper_halves(values + 32 * i + 16), 1);
  }

  /// values[i] = table[codes[i]] for i < count <= 32.
  void look_up(const std::uint8_t* codes, int count, float* values) const {
    const auto mask = static_cast<__mmask32>(count == 32 ? ~0u : (1u << count) - 1u);
    const __m512i code = _mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi8(mask, codes));
    const __mmask32 odd = _mm512_test_epi16_mask(code, _mm512_set1_epi16(64));
    const __mmask32 high = _mm512_test_epi16_mask(code, _mm512_set1_epi16(128));
    __m512i quarter[4];  // vpermi2w takes the low six bits
    for (int i = 0; i < 4; ++i) quarter[i] = _mm512_permutex2var_epi16(upper[2 * i], code, upper[2 * i + 1]);
    const __m512i found = _mm512_mask_blend_epi16(high, _mm512_mask_blend_epi16(odd, quarter[0], quarter[1]),
                                                  _mm512_mask_blend_epi16(odd, quarter[2], quarter[3]));
    store_first(values, widened(_mm512_castsi512_si256(found)), count);
    store_first(values + 16, widened(_mm512_extracti64x4_epi64(found, 1)), count - 16);
  }

  static constexpr int step = 32;

 private:
  static __m256i upper_halves(const float* values) {
    return _mm512_cvtepi32_epi16(_mm512_srli_epi32(_mm512_castps_si512(load(values)), 16));
  }
  static Vector widened(__m256i halves) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
  }
};

#elif defined(OCTAVO_ISA_avx2)

using Vector = __m256;
constexpr int kLanes = 8;
constexpr int kRows = 6, kVectors = 2;  // 12 accumulators, 2 registers for B, 1 for A

inline __m256i first(int count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
inline Vector zero() { return _mm256_setzero_ps(); }
inline Vector load(const float* p) { return _mm256_loadu_ps(p); }
inline Vector load_first(const float* p, int count) {
  return count >= kLanes ? load(p) : _mm256_maskload_ps(p, first(count));
}
// Masked stores take AMD's processors longer than ten whole ones.
inline void store_first(float* p, Vector v, int count) {
  if (count >= kLanes)
    _mm256_storeu_ps(p, v);
  else
    _mm256_maskstore_ps(p, first(count), v);
}
inline void store_over(float* p, Vector v, int count, const float* end) {
  store_first(p, v, end - p >= kLanes ? kLanes : count);
}
inline Vector broadcast(const float* p) { return _mm256_broadcast_ss(p); }
inline Vector multiply_add(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
inline Vector canonical_nan(Vector v) {
  return _mm256_blendv_ps(v, _mm256_set1_ps(__builtin_nanf("")), _mm256_cmp_ps(v, v, _CMP_UNORD_Q));
}

inline void transpose(Vector (&v)[kLanes]) {
  Vector quad[kLanes];  // lane l of quad[4 g + c]: column 4 l + c of rows 4 g to 4 g + 3
  for (int g = 0; g < 8; g += 4) {
    const __m256d a = _mm256_castps_pd(_mm256_unpacklo_ps(v[g], v[g + 1]));
    const __m256d b = _mm256_castps_pd(_mm256_unpackhi_ps(v[g], v[g + 1]));
    const __m256d c = _mm256_castps_pd(_mm256_unpacklo_ps(v[g + 2], v[g + 3]));
    const __m256d d = _mm256_castps_pd(_mm256_unpackhi_ps(v[g + 2], v[g + 3]));
    quad[g] = _mm256_castpd_ps(_mm256_unpacklo_pd(a, c));
    quad[g + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(a, c));
    quad[g + 2] = _mm256_castpd_ps(_mm256_unpacklo_pd(b, d));
    quad[g + 3] = _mm256_castpd_ps(_mm256_unpackhi_pd(b, d));
  }
  for (int c = 0; c < 4; ++c) {
    v[c] = _mm256_permute2f128_ps(quad[c], quad[4 + c], 0x20);
    v[4 + c] = _mm256_permute2f128_ps(quad[c], quad[4 + c], 0x31);
  }
}

#else

using Vector = float;
constexpr int kLanes = 1;
constexpr int kRows = 4, kVectors = 4;

inline Vector zero() { return 0.0f; }
inline Vector load(const float* p) { return *p; }
inline Vector load_first(const float* p, int count) { return count > 0 ? *p : 0.0f; }
inline void store_first(float* p, Vector v, int count) {
  if (count > 0) *p = v;
}
inline void store_over(float* p, Vector v, int count, const float*) { store_first(p, v, count); }
inline Vector broadcast(const float* p) { return *p; }
inline Vector multiply_add(Vector a, Vector b, Vector c) { return __builtin_fmaf(a, b, c); }
inline Vector canonical_nan(Vector v) { return v != v ? __builtin_nanf("") : v; }
inline void transpose(Vector (&)[kLanes]) {}

#endif

}  // namespace
}  // namespace octavo::sim::gemm
