// A small floating-point format as a value: five numbers and a rule for special values; every constant is derived.
#pragma once

#include <cstdint>

namespace octavo::formats {

/// What the top codes mean; the suffix law of the field: f = finite only, n = NaN present, uz = unsigned zero.
enum class Specials : std::uint8_t {
  ieee,  ///< all-ones exponent: infinity (mantissa 0) and NaN, as IEEE 754; needs mantissa_bits >= 1
  fn,    ///< no infinity; all-ones exponent and mantissa is NaN (OCP E4M3, E8M0)
  fnuz,  ///< no infinity, no -0; the code of -0 is the one NaN (Noune et al. 2206.02915)
  none,  ///< every code is finite (OCP FP6, FP4)
};

/// The numbers that make a format. Value of a code with sign s, exponent field e and mantissa field m (of M bits):
/// e > 0: (-1)^s 2^(e - bias) (1 + m / 2^M); e = 0: (-1)^s 2^(1 - bias) m / 2^M; without zero, e = 0 is an ordinary
/// exponent.
struct Spec {
  int exponent_bits = 4;  ///< 1..8
  int mantissa_bits = 3;  ///< 0..10
  int bias = 7;
  Specials specials = Specials::fn;
  bool has_sign = true;
  bool has_zero = true;  ///< false: neither zero nor subnormals, the smallest code is 2^-bias (E8M0)

  constexpr bool operator==(const Spec&) const = default;

  constexpr int bits() const { return exponent_bits + mantissa_bits + (has_sign ? 1 : 0); }
  constexpr std::uint32_t code_count() const { return 1u << bits(); }
  constexpr std::uint32_t sign_bit() const { return has_sign ? 1u << (exponent_bits + mantissa_bits) : 0u; }
  constexpr std::uint32_t magnitude_mask() const { return (1u << (exponent_bits + mantissa_bits)) - 1u; }

  /// Exponent of the smallest normal value, 2^min_exponent().
  constexpr int min_exponent() const { return (has_zero ? 1 : 0) - bias; }
  /// Exponent of the last place of the subnormals: the smallest positive value is 2^min_quantum().
  constexpr int min_quantum() const { return min_exponent() - mantissa_bits; }

  /// Code of the largest finite value (sign bit clear).
  constexpr std::uint32_t max_code() const {
    switch (specials) {
      case Specials::ieee:
        return magnitude_mask() - (1u << mantissa_bits);
      case Specials::fn:
        return magnitude_mask() - 1u;
      case Specials::fnuz:
      case Specials::none:
        break;
    }
    return magnitude_mask();
  }
  constexpr int max_exponent() const { return static_cast<int>(max_code() >> mantissa_bits) - bias; }

  constexpr bool has_nan() const { return specials != Specials::none; }
  constexpr bool has_infinity() const { return specials == Specials::ieee; }
  /// Canonical NaN: all ones without sign (as NVIDIA's conversions give), or the code of -0.
  constexpr std::uint32_t nan_code() const { return specials == Specials::fnuz ? sign_bit() : magnitude_mask(); }
  constexpr std::uint32_t infinity_code() const { return max_code() + 1u; }

  constexpr bool is_nan(std::uint32_t code) const {
    switch (specials) {
      case Specials::ieee:
        return (code & magnitude_mask()) > infinity_code();
      case Specials::fn:
        return (code & magnitude_mask()) == magnitude_mask();
      case Specials::fnuz:
        return code == sign_bit();
      case Specials::none:
        break;
    }
    return false;
  }
  constexpr bool is_infinite(std::uint32_t code) const {
    return has_infinity() && (code & magnitude_mask()) == infinity_code();
  }

  /// True if the numbers are consistent and every finite value of the format is a binary32 value.
  constexpr bool valid() const {
    return exponent_bits >= 1 && exponent_bits <= 8 && mantissa_bits >= 0 && mantissa_bits <= 10 &&
           !(specials == Specials::ieee && mantissa_bits == 0) && !(specials == Specials::fnuz && !has_sign) &&
           !(specials == Specials::fnuz && !has_zero) && max_code() > 0 && max_exponent() <= 127 &&
           min_quantum() >= -149;
  }
};

inline constexpr Spec e4m3{4, 3, 7, Specials::fn};        ///< OCP E4M3, max 448
inline constexpr Spec e4m3ieee{4, 3, 7, Specials::ieee};  ///< with infinities, max 240
inline constexpr Spec e4m3fnuz{4, 3, 8, Specials::fnuz};  ///< arXiv 2309.17224's weights and activations, max 240
inline constexpr Spec e4m3b11fnuz{4, 3, 11, Specials::fnuz};
inline constexpr Spec e5m2{5, 2, 15, Specials::ieee};               ///< OCP E5M2, max 57344
inline constexpr Spec e5m2fnuz{5, 2, 16, Specials::fnuz};           ///< arXiv 2309.17224's gradients, max 57344
inline constexpr Spec e3m4{3, 4, 3, Specials::ieee};                ///< max 15.5
inline constexpr Spec e8m0{8, 0, 127, Specials::fn, false, false};  ///< OCP MX scale, 2^-127..2^127
inline constexpr Spec e3m2{3, 2, 3, Specials::none};                ///< OCP FP6, max 28
inline constexpr Spec e2m3{2, 3, 1, Specials::none};                ///< OCP FP6, max 7.5
inline constexpr Spec e2m1{2, 1, 1, Specials::none};                ///< OCP FP4, max 6
inline constexpr Spec fp16{5, 10, 15, Specials::ieee};
inline constexpr Spec bf16{8, 7, 127, Specials::ieee};
inline constexpr Spec tf32{8, 10, 127, Specials::ieee};

}  // namespace octavo::formats
