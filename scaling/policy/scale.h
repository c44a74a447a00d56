// A scale: the binary32 number that a tensor is multiplied by before its cast, and the one that undoes it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "formats/decode.h"

namespace octavo::scaling {

/// Biases are integers in [-kBiasLimit, kBiasLimit]; 2^b and 2^-b are then binary32 values.
inline constexpr int kBiasLimit = 127;
/// Bins of a histogram over all biases: bias b is in bin b + kBiasLimit.
inline constexpr std::size_t kBiasBins = 2 * kBiasLimit + 1;

constexpr int clamp_bias(int bias) { return std::clamp(bias, -kBiasLimit, kBiasLimit); }

/// x8 = cast(x * factor), x ~ x8 * inverse. Both are finite and at least 2^-127. For a power of two both products are
/// exact, barring binary32's own range; otherwise inverse is 1 / factor rounded once, as libraries keep it. A cast
/// whose format has no code for a NaN among the values makes the inverse NaN.
struct Scale {
  float factor = 1.0F;
  float inverse = 1.0F;

  constexpr bool operator==(const Scale&) const = default;

  /// 2^bias, bias in [-127, 127].
  static constexpr Scale of_bias(int bias) {
    return {static_cast<float>(formats::power_of_two(bias)), static_cast<float>(formats::power_of_two(-bias))};
  }

  /// `factor` is positive or infinite; what lies outside [2^-127, the largest binary32 value] is moved to its end.
  static Scale of_factor(float factor) {
    const float kept = std::clamp(factor, 0x1p-127F, std::numeric_limits<float>::max());
    return {kept, 1.0F / kept};
  }

  /// floor(log2(factor)): the bias itself for a power of two.
  int bias() const { return std::ilogb(factor); }

  bool is_power_of_two() const { return factor == static_cast<float>(std::ldexp(1.0, bias())); }
};

/// floor(log2(a / b)) for finite a, b > 0, from exponents and significands: exact, no logarithm is rounded.
inline int floor_log2_ratio(double a, double b) {
  int a_exponent = 0;
  int b_exponent = 0;
  const double a_significand = std::frexp(a, &a_exponent);
  const double b_significand = std::frexp(b, &b_exponent);
  return a_exponent - b_exponent - (a_significand < b_significand ? 1 : 0);
}

/// The largest finite value of a format.
constexpr double max_of(const formats::Spec& format) { return formats::decode(format, format.max_code()); }

}  // namespace octavo::scaling
