// Where overflow begins: the largest number that a rounding still keeps within a format.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>

#include "formats/decode.h"
#include "formats/rounding.h"
#include "formats/spec.h"

namespace octavo::formats {

/// The largest magnitude of a number of this sign that `rounding` takes to a finite value of the format, were its
/// exponents without end: exact, and in binary64. What is larger overflows. 448.00003 is not beyond E4M3 to nearest:
/// it rounds to 448, as all up to 464 do. Under stochastic rounding everything above the largest value may go beyond,
/// and counts as if it did.
constexpr double largest_kept(const Spec& spec, Rounding rounding, bool negative) {
  const double max = decode(spec, spec.max_code());
  // Of the last kept bit; the largest value may be a subnormal one.
  const double place = power_of_two(std::max(spec.max_exponent(), spec.min_exponent()) - spec.mantissa_bits);
  const auto below = [](double x) { return std::bit_cast<double>(std::bit_cast<std::uint64_t>(x) - 1); };
  switch (rounding) {
    case Rounding::nearest_even:
      return (spec.max_code() & 1u) == 0 ? max + place / 2 : below(max + place / 2);
    case Rounding::nearest_away:
      return below(max + place / 2);
    case Rounding::up:
      return negative && spec.has_sign ? below(max + place) : max;
    case Rounding::down:
      return negative && spec.has_sign ? max : below(max + place);
    case Rounding::to_odd:
      return (spec.max_code() & 1u) == 0 ? max : below(max + place);
    case Rounding::toward_zero:
      return below(max + place);
    case Rounding::stochastic:
      return max;
  }
  return max;
}

/// The largest binary32 number that is not above x > 0.
constexpr float float_at_most(double x) {
  if (x >= static_cast<double>(std::numeric_limits<float>::max())) return std::numeric_limits<float>::max();
  const auto nearest = static_cast<float>(x);
  if (static_cast<double>(nearest) <= x) return nearest;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(nearest) - 1);
}

}  // namespace octavo::formats
