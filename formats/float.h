// A small float as a type: its code and nothing else.
#pragma once

#include <cstdint>
#include <type_traits>

#include "formats/decode.h"
#include "formats/encode.h"

namespace octavo::formats {

/// A code of format S. No arithmetic and no implicit conversion: decode, compute, encode stay visible, as in hardware.
template <Spec S>
struct Float {
  static_assert(S.valid());
  using Code = std::conditional_t<(S.bits() <= 8), std::uint8_t,
                                  std::conditional_t<(S.bits() <= 16), std::uint16_t, std::uint32_t>>;
  static constexpr Spec spec = S;

  Code code = 0;

  static constexpr Float from(double x, Rounding rounding = Rounding::nearest_even,
                              Overflow overflow = Overflow::saturate) {
    return {static_cast<Code>(encode(S, rounding, overflow, x))};
  }
  constexpr double value() const { return decode(S, code); }
  constexpr bool operator==(const Float&) const = default;  // of codes: NaN equals itself, -0 differs from +0
};

using E4M3 = Float<e4m3>;
using E5M2 = Float<e5m2>;
using E4M3FNUZ = Float<e4m3fnuz>;
using E5M2FNUZ = Float<e5m2fnuz>;
using E4M3IEEE = Float<e4m3ieee>;
using E4M3B11FNUZ = Float<e4m3b11fnuz>;
using E3M4 = Float<e3m4>;
using E8M0 = Float<e8m0>;
using E3M2 = Float<e3m2>;
using E2M3 = Float<e2m3>;
using E2M1 = Float<e2m1>;
using FP16 = Float<fp16>;
using BF16 = Float<bf16>;
using TF32 = Float<tf32>;

/// IEEE P3109's binary8 formats of one sign, see binary8().
template <int precision, bool extended>
using Binary8 = Float<binary8(precision, extended)>;

/// A symmetric integer; its code is two's complement in the low bits, see integer().
template <int bits, int fraction_bits = 0>
using Integer = Float<integer(bits, fraction_bits)>;
using INT8 = Integer<8>;
using INT4 = Integer<4>;

}  // namespace octavo::formats
