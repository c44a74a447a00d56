// Codes of at most three mantissa bits to values in 16-bit lanes, twice as many at once as floats: the upper half of
// such a value's binary32 has all its bits. A part of quantize_kernel.simd.cpp for AVX2, included by nothing else.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "formats/span/kernels/quantize_kernel.h"

namespace octavo::formats::quantize_kernel {
namespace {

constexpr std::size_t kHalves = 16;  // in a register

inline __m256i all_words(std::int32_t x) { return _mm256_set1_epi16(static_cast<std::int16_t>(x)); }

class HalvesDecoder {
 public:
  /// `small`: the bits of the values of magnitude codes 0 to 7.
  HalvesDecoder(const Plan& plan, const std::int32_t (&small)[8])
      : code_mask_(all_words(plan.code_mask)),
        magnitude_mask_(all_words(plan.magnitude_mask)),
        sign_bit_(all_words(plan.sign_bit)),
        origin_(all_words(plan.origin >> 16)),
        hidden_(all_words(plan.hidden)),
        largest_(all_words((plan.infinity_code >= 0 ? plan.infinity_code : plan.nan_from) - 1)),
        nan_code_(all_words(plan.nan_code)),
        shift_(_mm_cvtsi32_si128(plan.shift - 16)),
        sign_shift_(_mm_cvtsi32_si128(plan.sign_shift - 16)) {
    alignas(16) std::uint16_t halves[8];
    for (int i = 0; i < 8; ++i) halves[i] = static_cast<std::uint16_t>(small[i] >> 16);
    small_ = _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(halves)));
  }

  /// Sixteen values; false, and nothing written, if a code is NaN or infinity.
  bool operator()(const std::uint8_t* codes, float* values) const {
    // In the order that interleaving with zeros, within each 128 bits, turns into that of the codes.
    const __m128i order = _mm_setr_epi8(0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15);
    const __m128i loaded = _mm_loadu_si128(reinterpret_cast<const __m128i*>(codes));
    const __m256i code = _mm256_and_si256(_mm256_cvtepu8_epi16(_mm_shuffle_epi8(loaded, order)), code_mask_);
    const __m256i magnitude = _mm256_and_si256(code, magnitude_mask_);
    const __m256i special =
        _mm256_or_si256(_mm256_cmpgt_epi16(magnitude, largest_), _mm256_cmpeq_epi16(code, nan_code_));
    if (_mm256_testz_si256(special, special) == 0) return false;
    const __m256i normal = _mm256_add_epi16(_mm256_sll_epi16(magnitude, shift_), origin_);
    const __m256i bytes = _mm256_add_epi16(_mm256_mullo_epi16(magnitude, all_words(0x0202)), all_words(0x0100));
    const __m256i subnormal = _mm256_shuffle_epi8(small_, bytes);
    const __m256i value = _mm256_blendv_epi8(normal, subnormal, _mm256_cmpgt_epi16(hidden_, magnitude));
    const __m256i sign = _mm256_sll_epi16(_mm256_and_si256(code, sign_bit_), sign_shift_);
    const __m256i halves = _mm256_or_si256(value, sign);
    const __m256i zeros = _mm256_setzero_si256();
    _mm256_storeu_ps(values, _mm256_castsi256_ps(_mm256_unpacklo_epi16(zeros, halves)));
    _mm256_storeu_ps(values + 8, _mm256_castsi256_ps(_mm256_unpackhi_epi16(zeros, halves)));
    return true;
  }

 private:
  __m256i code_mask_, magnitude_mask_, sign_bit_, origin_, hidden_, largest_, nan_code_, small_;
  __m128i shift_, sign_shift_;
};

}  // namespace
}  // namespace octavo::formats::quantize_kernel
