// A small floating-point format as a value: five numbers and a rule for special values; every constant is derived.
#pragma once

#include <cstdint>

namespace octavo::formats {

/// What the top codes and that of -0 mean; the suffix law of the field: f = finite only, n = NaN present, uz = unsigned
/// zero.
enum class Specials : std::uint8_t {
  ieee,     ///< all-ones exponent: infinity (mantissa 0) and NaN, as IEEE 754; needs mantissa_bits >= 1
  fn,       ///< no infinity; all-ones exponent and mantissa is NaN (OCP E4M3, E8M0)
  fnuz,     ///< no infinity, no -0; the code of -0 is the one NaN (Noune et al. 2206.02915, IEEE P3109 finite)
  none,     ///< every code is finite (OCP FP6, FP4)
  nuz,      ///< no -0; its code is the one NaN; all-ones exponent and mantissa is infinity (IEEE P3109 extended)
  integer,  ///< two's complement, every code finite; that of -0 is the lowest integer, which no cast gives (INT8)
};

/// The numbers that make a format. Value of a code with sign s, exponent field e and mantissa field m (of M bits):
/// e > 0: (-1)^s 2^(e - bias) (1 + m / 2^M); e = 0: (-1)^s 2^(1 - bias) m / 2^M; without zero, e = 0 is an ordinary
/// exponent. An integer of n bits is E = 1, M = n - 2: both binades have the same spacing 2^(1 - bias - M); only its
/// negative codes differ, being those of two's complement.
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
      case Specials::nuz:
        return magnitude_mask() - 1u;
      case Specials::fnuz:
      case Specials::none:
      case Specials::integer:
        break;
    }
    return magnitude_mask();
  }
  constexpr int max_exponent() const { return static_cast<int>(max_code() >> mantissa_bits) - bias; }

  constexpr bool has_nan() const { return specials != Specials::none && specials != Specials::integer; }
  constexpr bool has_infinity() const { return specials == Specials::ieee || specials == Specials::nuz; }
  constexpr bool has_negative_zero() const {
    return has_sign && has_zero &&
           (specials == Specials::ieee || specials == Specials::fn || specials == Specials::none);
  }
  /// True if the code of -0 is NaN, the only one.
  constexpr bool nan_is_negative_zero() const { return specials == Specials::fnuz || specials == Specials::nuz; }
  /// Canonical NaN: all ones without sign (as NVIDIA's conversions give), or the code of -0.
  constexpr std::uint32_t nan_code() const { return nan_is_negative_zero() ? sign_bit() : magnitude_mask(); }
  /// What a cast makes of NaN: the canonical one; without any, the largest value (as NVIDIA's FP6 and FP4), or 0 for an
  /// integer (as NVIDIA's conversions to integers).
  constexpr std::uint32_t code_of_nan() const {
    if (has_nan()) return nan_code();
    return specials == Specials::integer ? 0u : max_code();
  }
  /// The code of a magnitude with a sign; exact inverse of magnitude().
  constexpr std::uint32_t with_sign(std::uint32_t magnitude) const {
    return specials == Specials::integer ? (code_count() - magnitude) & (code_count() - 1u) : sign_bit() | magnitude;
  }
  /// The code without its sign: of an integer its absolute value (2^(n-1) for the lowest).
  constexpr std::uint32_t magnitude(std::uint32_t code) const {
    if (specials == Specials::integer && (code & sign_bit()) != 0) return code_count() - code;
    return code & magnitude_mask();
  }
  constexpr std::uint32_t infinity_code() const { return max_code() + 1u; }

  constexpr bool is_nan(std::uint32_t code) const {
    switch (specials) {
      case Specials::ieee:
        return (code & magnitude_mask()) > infinity_code();
      case Specials::fn:
        return (code & magnitude_mask()) == magnitude_mask();
      case Specials::fnuz:
      case Specials::nuz:
        return code == sign_bit();
      case Specials::none:
      case Specials::integer:
        break;
    }
    return false;
  }
  constexpr bool is_infinite(std::uint32_t code) const {
    return has_infinity() && !is_nan(code) && (code & magnitude_mask()) == infinity_code();
  }

  /// True if the numbers are consistent and every finite value of the format is a binary32 value.
  constexpr bool valid() const {
    return exponent_bits >= 1 && exponent_bits <= 8 && mantissa_bits >= 0 && mantissa_bits <= 10 &&
           !(specials == Specials::ieee && mantissa_bits == 0) &&
           !((nan_is_negative_zero() || specials == Specials::integer) && !(has_sign && has_zero)) &&
           !(specials == Specials::integer && exponent_bits != 1) && max_code() > 0 &&
           max_exponent() + (specials == Specials::integer ? 1 : 0) <= 127 && min_quantum() >= -149;
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
/// Binary8p<P>s<e|f> of IEEE P3109 (draft of 2025): 8 bits, 1 <= P <= 7 bits of precision with the hidden one, bias
/// 2^(7-P); one zero, one NaN at 0x80; extended: infinities at 0x7F and 0xFF.
constexpr Spec binary8(int precision, bool extended) {
  return {8 - precision, precision - 1, 1 << (7 - precision), extended ? Specials::nuz : Specials::fnuz};
}

/// Two's complement of 2 to 12 bits, symmetric: -(2^(bits-1) - 1) to 2^(bits-1) - 1, times 2^-fraction_bits.
constexpr Spec integer(int bits, int fraction_bits = 0) {
  return {1, bits - 2, fraction_bits - (bits - 3), Specials::integer};
}
inline constexpr Spec int8 = integer(8);
inline constexpr Spec int4 = integer(4);
inline constexpr Spec int8q6 = integer(8, 6);  ///< OCP MXINT8's element, max 127/64

inline constexpr Spec fp16{5, 10, 15, Specials::ieee};
inline constexpr Spec bf16{8, 7, 127, Specials::ieee};
inline constexpr Spec tf32{8, 10, 127, Specials::ieee};

}  // namespace octavo::formats
