// Code to value, exact.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <limits>

#include "formats/spec.h"

namespace octavo::formats {

/// 2^exponent as a binary64 value, -1022 <= exponent <= 1023.
constexpr double power_of_two(int exponent) {
  return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52);
}

/// The value of `code` (bits above the format's are ignored). Every finite value is exact, also when narrowed to float.
constexpr double decode(const Spec& spec, std::uint32_t code) {
  code &= spec.code_count() - 1u;
  if (spec.is_nan(code)) return std::numeric_limits<double>::quiet_NaN();
  const bool negative = (code & spec.sign_bit()) != 0;
  const std::uint32_t magnitude = spec.magnitude(code);
  double value = std::numeric_limits<double>::infinity();
  if (!spec.is_infinite(code)) {
    const auto field = static_cast<int>(magnitude >> spec.mantissa_bits);
    const std::uint32_t hidden = 1u << spec.mantissa_bits;
    const std::uint32_t mantissa = magnitude & (hidden - 1u);
    const bool normal = field > 0 || !spec.has_zero;
    const int exponent = (normal ? field - spec.bias : spec.min_exponent()) - spec.mantissa_bits;
    value = static_cast<double>(normal ? hidden + mantissa : mantissa) * power_of_two(exponent);
  }
  return negative ? -value : value;
}

/// The values of all codes of a format of at most 8 bits; entries beyond its codes repeat them.
constexpr std::array<float, 256> decode_table(const Spec& spec) {
  std::array<float, 256> table{};
  for (std::uint32_t code = 0; code < 256; ++code) table[code] = static_cast<float>(decode(spec, code));
  return table;
}

}  // namespace octavo::formats
