// FP8-AMAX's bias from the bits of the largest magnitude, in integers: the twin of scaling/policy/amax.h for kernels.
#pragma once

#include <cstdint>

#include "cuda/instruction.h"

namespace octavo::cuda {

/// floor(log2(max / amax)) - margin, clamped to +-127; 0 for an amax of zero, infinity or NaN. `amax_bits` are those of
/// a non-negative f32.
constexpr int amax_bias(Fp8 format, std::uint32_t amax_bits, int margin) {
  if (amax_bits == 0 || amax_bits >= 0x7F800000u) return 0;
  // E4M3's largest value is 1.75 * 2^8, E5M2's 1.75 * 2^15.
  const int max_exponent = format == Fp8::e4m3 ? 8 : 15;
  constexpr std::uint32_t kMaxFraction = 0x600000u;
  auto field = static_cast<int>(amax_bits >> 23);
  std::uint32_t fraction = amax_bits & 0x7FFFFFu;
  if (field == 0) {  // subnormal: shift the leading one to its place
    field = 1;
    for (; (fraction & 0x800000u) == 0; fraction <<= 1) --field;
    fraction &= 0x7FFFFFu;
  }
  const int bias = max_exponent - (field - 127) - (kMaxFraction < fraction ? 1 : 0) - margin;
  return bias < -127 ? -127 : (bias > 127 ? 127 : bias);
}

/// 2^bias as bits of f32, -127 <= bias <= 127 (2^-127 is subnormal).
constexpr std::uint32_t scale_bits(int bias) {
  return bias > -127 ? static_cast<std::uint32_t>(bias + 127) << 23 : 0x400000u;
}

}  // namespace octavo::cuda
