// Value to code: the only place in Octavo that rounds to a small format. Fast twins are tested against it.
#pragma once

#include <bit>
#include <cassert>
#include <cstdint>

#include "formats/rounding.h"
#include "formats/spec.h"

namespace octavo::formats {

/// The code of `x`, rounded once from its 53 bits (so a float, which widens exactly, is rounded once too).
/// NaN gives the canonical NaN code, positive; a format without NaN gives its largest value (as NVIDIA's FP6 and FP4
/// do), an integer 0. A format without sign ignores the sign of x; one without zero gives its smallest code to
/// everything below that. A negative x that rounds to zero gives -0, or the one zero where the format has no -0. Equals
/// NVIDIA's __nv_cvt_float_to_fp8 for all 2^32 floats, E4M3 and E5M2 (tests/formats/cuda_exhaustive.cpp).
constexpr std::uint32_t encode(const Spec& spec, Rounding rounding, Overflow overflow, double x,
                               RandomBits random = {}) {
  constexpr int kFractionBits = 52;
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const bool negative = spec.has_sign && (bits >> 63) != 0;
  const auto field = static_cast<int>((bits >> kFractionBits) & 0x7FFu);
  const std::uint64_t fraction = bits & ((std::uint64_t{1} << kFractionBits) - 1u);
  const auto with_sign = [&](std::uint32_t magnitude) { return negative ? spec.with_sign(magnitude) : magnitude; };

  if (field == 0x7FF && fraction != 0) return spec.code_of_nan();
  const auto overflowed = [&](bool finite) -> std::uint32_t {
    if (overflow == Overflow::saturate || !spec.has_nan() || (finite && overflow_stays_finite(rounding, negative)))
      return with_sign(spec.max_code());
    if (spec.has_infinity()) return with_sign(spec.infinity_code());
    return spec.nan_is_negative_zero() ? spec.nan_code() : with_sign(spec.nan_code());
  };
  if (field == 0x7FF) return overflowed(false);

  // |x| = significand * 2^unit, with significand < 2^53.
  const std::uint64_t significand = field == 0 ? fraction : fraction | (std::uint64_t{1} << kFractionBits);
  const int unit = (field == 0 ? 1 : field) - 1023 - kFractionBits;
  const int top = field == 0 ? -1023 : field - 1023;  // floor(log2|x|); binary64 subnormals lie below every format
  if (top > spec.max_exponent() + 1) return overflowed(true);
  if (!spec.has_zero && top < spec.min_exponent()) return with_sign(0);

  const int exponent = top > spec.min_exponent() ? top : spec.min_exponent();
  const int shift = exponent - spec.mantissa_bits - unit;  // bits cut off; positive, since M <= 10 < 52
  assert(shift > 0);
  const std::uint64_t kept = shift < 64 ? significand >> shift : 0;
  const std::uint64_t cut = shift < 64 ? significand & ((std::uint64_t{1} << shift) - 1u) : significand;
  // The code as an integer: exponent field above mantissa field, so that a carry out of the mantissa moves the
  // exponent.
  const std::uint64_t hidden = std::uint64_t{1} << spec.mantissa_bits;
  const auto first = static_cast<std::uint64_t>(exponent + spec.bias);
  std::uint64_t code = (kept >= hidden || !spec.has_zero) ? first * hidden + kept - hidden : kept;
  if (rounds_away(rounding, cut, shift, (code & 1u) != 0, negative, random)) ++code;
  if (code > spec.max_code()) return overflowed(true);
  if (code == 0 && spec.has_zero && !spec.has_negative_zero()) return 0;
  return with_sign(static_cast<std::uint32_t>(code));
}

}  // namespace octavo::formats
