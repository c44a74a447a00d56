// Registers full of floats, and bytes out of the codes that become of them: what the vector encoders of AVX2 and
// AVX-512 are written in. For files named x.simd.cpp and what they include alone.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace octavo::formats {
namespace {

#ifdef OCTAVO_ISA_avx512

using Floats = __m512;
using Ints = __m512i;
inline Floats all(float x) { return _mm512_set1_ps(x); }
inline Ints all(std::int32_t x) { return _mm512_set1_epi32(x); }
inline Ints bits_of(Floats x) { return _mm512_castps_si512(x); }
inline Floats floats_of(Ints x) { return _mm512_castsi512_ps(x); }
inline Floats product(Floats a, Floats b) { return _mm512_mul_ps(a, b); }
inline Floats sum(Floats a, Floats b) { return _mm512_add_ps(a, b); }
inline Floats product_plus(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }
inline Floats without_sign(Floats x) { return _mm512_abs_ps(x); }
inline Ints sum(Ints a, Ints b) { return _mm512_add_epi32(a, b); }
inline Ints both(Ints a, Ints b) { return _mm512_and_si512(a, b); }
inline Ints difference(Ints a, Ints b) { return _mm512_sub_epi32(a, b); }
inline Ints truncated(Floats x) { return _mm512_cvttps_epi32(x); }
inline Ints where_less(Ints a, Ints b, Ints then, Ints otherwise) {
  return _mm512_mask_blend_epi32(_mm512_cmplt_epi32_mask(a, b), otherwise, then);
}
inline Ints load(const std::uint32_t* x) { return _mm512_loadu_si512(x); }
inline Ints shifted_down(Ints a, Ints by) { return _mm512_srlv_epi32(a, by); }
inline Ints larger_words(Ints a, Ints b) { return _mm512_max_epi16(a, b); }
inline Ints sum_of_word_products(Ints a, Ints b) { return _mm512_madd_epi16(a, b); }
inline Ints saturated_words(Ints a, Ints b) { return _mm512_packs_epi32(a, b); }
inline Ints saturated_unsigned_words(Ints a, Ints b) { return _mm512_packus_epi32(a, b); }
inline Ints high_bytes(Ints words) { return _mm512_srli_epi16(words, 8); }
inline Ints saturated_bytes(Ints a, Ints b) { return _mm512_packs_epi16(a, b); }
inline Ints saturated_unsigned_bytes(Ints a, Ints b) { return _mm512_packus_epi16(a, b); }
inline Ints smaller_bytes(Ints a, Ints b) { return _mm512_min_epu8(a, b); }
inline bool any_nan(Floats x) { return _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q) != 0; }
inline Floats load(const float* x) { return _mm512_loadu_ps(x); }
inline Floats load_fp16(const std::uint16_t* x) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(x)));
}
inline Floats load_bf16(const std::uint16_t* x) {
  const __m256i codes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x));
  return floats_of(_mm512_slli_epi32(_mm512_cvtepu16_epi32(codes), 16));
}
inline void store(std::uint8_t* to, Ints codes) { _mm512_storeu_si512(to, codes); }
inline Ints with_one_zero(Ints codes, Ints negative_zero) {
  return _mm512_maskz_mov_epi8(_mm512_cmpneq_epi8_mask(codes, negative_zero), codes);
}
inline Ints all_bytes(std::int32_t x) { return _mm512_set1_epi8(static_cast<char>(x)); }
inline Ints with_bits_where_negative(Ints codes, Ints bits, Ints numbers) {
  return _mm512_mask_blend_epi8(_mm512_movepi8_mask(numbers), codes, _mm512_or_si512(codes, bits));
}
inline Ints groups_in_order(Ints codes) {
  return _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), codes);
}

#else

using Floats = __m256;
using Ints = __m256i;
inline Floats all(float x) { return _mm256_set1_ps(x); }
inline Ints all(std::int32_t x) { return _mm256_set1_epi32(x); }
inline Ints bits_of(Floats x) { return _mm256_castps_si256(x); }
inline Floats floats_of(Ints x) { return _mm256_castsi256_ps(x); }
inline Floats product(Floats a, Floats b) { return _mm256_mul_ps(a, b); }
inline Floats sum(Floats a, Floats b) { return _mm256_add_ps(a, b); }
inline Floats product_plus(Floats a, Floats b, Floats c) { return _mm256_fmadd_ps(a, b, c); }
inline Floats without_sign(Floats x) { return floats_of(_mm256_and_si256(bits_of(x), all(0x7FFFFFFF))); }
inline Ints sum(Ints a, Ints b) { return _mm256_add_epi32(a, b); }
inline Ints both(Ints a, Ints b) { return _mm256_and_si256(a, b); }
inline Ints difference(Ints a, Ints b) { return _mm256_sub_epi32(a, b); }
inline Ints truncated(Floats x) { return _mm256_cvttps_epi32(x); }
inline Ints where_less(Ints a, Ints b, Ints then, Ints otherwise) {
  return _mm256_blendv_epi8(otherwise, then, _mm256_cmpgt_epi32(b, a));
}
inline Ints load(const std::uint32_t* x) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x)); }
inline Ints shifted_down(Ints a, Ints by) { return _mm256_srlv_epi32(a, by); }
inline Ints larger_words(Ints a, Ints b) { return _mm256_max_epi16(a, b); }
inline Ints sum_of_word_products(Ints a, Ints b) { return _mm256_madd_epi16(a, b); }
inline Ints saturated_words(Ints a, Ints b) { return _mm256_packs_epi32(a, b); }
inline Ints saturated_unsigned_words(Ints a, Ints b) { return _mm256_packus_epi32(a, b); }
inline Ints high_bytes(Ints words) { return _mm256_srli_epi16(words, 8); }
inline Ints saturated_bytes(Ints a, Ints b) { return _mm256_packs_epi16(a, b); }
inline Ints saturated_unsigned_bytes(Ints a, Ints b) { return _mm256_packus_epi16(a, b); }
inline Ints smaller_bytes(Ints a, Ints b) { return _mm256_min_epu8(a, b); }
inline bool any_nan(Floats x) { return _mm256_movemask_ps(_mm256_cmp_ps(x, x, _CMP_UNORD_Q)) != 0; }
inline Floats load(const float* x) { return floats_of(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(x))); }
inline Floats load_fp16(const std::uint16_t* x) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x)));
}
inline Floats load_bf16(const std::uint16_t* x) {
  const __m128i codes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(x));
  return floats_of(_mm256_slli_epi32(_mm256_cvtepu16_epi32(codes), 16));
}
inline void store(std::uint8_t* to, Ints codes) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), codes); }
inline Ints with_one_zero(Ints codes, Ints negative_zero) {
  return _mm256_andnot_si256(_mm256_cmpeq_epi8(codes, negative_zero), codes);
}
inline Ints all_bytes(std::int32_t x) { return _mm256_set1_epi8(static_cast<char>(x)); }
inline Ints with_bits_where_negative(Ints codes, Ints bits, Ints numbers) {
  return _mm256_blendv_epi8(codes, _mm256_or_si256(codes, bits), numbers);
}
inline Ints groups_in_order(Ints codes) {
  return _mm256_permutevar8x32_epi32(codes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

#endif

constexpr std::size_t kFloats = sizeof(Floats) / sizeof(float);  // in a register
constexpr std::size_t kAtOnce = 4 * kFloats;                     // as many codes fill a register

/// Asks for the bytes that lie 8 KiB after the next `bytes`: loops this long have too few loads in flight by
/// themselves.
inline void fetch_ahead(const void* next, std::size_t bytes) {
  constexpr std::size_t kAhead = 8192;
  constexpr std::size_t kLine = 64;
  for (std::size_t i = 0; i < bytes; i += kLine) _mm_prefetch(static_cast<const char*>(next) + kAhead + i, _MM_HINT_T0);
}

/// What makes bytes of magnitude codes and of the signs of the floats that they come from.
struct CodeBits {
  Ints limit, sign_bits;  // bytes

  CodeBits(std::int32_t largest_magnitude, std::int32_t sign_bit)
      : limit(all_bytes(largest_magnitude)), sign_bits(all_bytes(sign_bit)) {}
};

/// The codes of four registers of floats in the order that packing leaves them in, within each 128 bits, from bytes of
/// magnitude and bytes with the floats' signs, which saturation keeps. A magnitude above the limit becomes the limit.
inline Ints bytes_of(const CodeBits& bits, Ints magnitudes, Ints signs) {
  return groups_in_order(with_bits_where_negative(smaller_bytes(magnitudes, bits.limit), bits.sign_bits, signs));
}

}  // namespace
}  // namespace octavo::formats
