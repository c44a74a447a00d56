// How a value between two codes is rounded, and what becomes of one beyond the largest.
#pragma once

#include <cstdint>

namespace octavo::formats {

enum class Rounding : std::uint8_t { nearest_even, nearest_away, toward_zero, up, down, to_odd };

/// special: the format's own infinity, else its NaN with the sign kept; formats without either always saturate.
/// An infinite input follows the same rule. saturate: the largest finite value.
enum class Overflow : std::uint8_t { saturate, special };

/// The remainder cut off below the last kept bit, compared with half a unit of it.
enum class Remainder : std::uint8_t { zero, below_half, half, above_half };

/// The one question of rounding: does the magnitude grow by one unit? `odd` is the last kept bit.
constexpr bool rounds_away(Rounding rounding, Remainder remainder, bool odd, bool negative) {
  if (remainder == Remainder::zero) return false;
  switch (rounding) {
    case Rounding::nearest_even:
      return remainder == Remainder::above_half || (remainder == Remainder::half && odd);
    case Rounding::nearest_away:
      return remainder >= Remainder::half;
    case Rounding::toward_zero:
      return false;
    case Rounding::up:
      return !negative;
    case Rounding::down:
      return negative;
    case Rounding::to_odd:
      return !odd;
  }
  return false;
}

/// True if the mode never moves a finite value of this sign beyond the largest finite one (IEEE 754-2019, 7.4).
constexpr bool overflow_stays_finite(Rounding rounding, bool negative) {
  return rounding == Rounding::toward_zero || rounding == Rounding::to_odd || (rounding == Rounding::up && negative) ||
         (rounding == Rounding::down && !negative);
}

}  // namespace octavo::formats
