// How a value between two codes is rounded, and what becomes of one beyond the largest.
#pragma once

#include <cstdint>

namespace octavo::formats {

/// stochastic: away from zero with a probability equal to the part cut off, see RandomBits.
enum class Rounding : std::uint8_t { nearest_even, nearest_away, toward_zero, up, down, to_odd, stochastic };

/// special: the format's own infinity, else its NaN with the sign kept; formats without either always saturate.
/// An infinite input follows the same rule. saturate: the largest finite value.
enum class Overflow : std::uint8_t { saturate, special };

/// The randomness of one stochastic rounding: `value` is uniform in [0, 2^count), 1 <= count <= 32. Where the part f of
/// a unit is cut off, 0 <= f < 1, the magnitude grows if f + value / 2^count >= 1: for floor(f 2^count) of the 2^count
/// values. The mean is exact if f is a multiple of 2^-count, else less than 2^-count of a unit too near to zero.
struct RandomBits {
  std::uint32_t value = 0;
  int count = 32;
};

/// The one question of rounding: does the magnitude grow by one unit? `cut`, less than 2^cut_bits, is what is cut off
/// below the last kept bit and cut_bits >= 1 its width (which may exceed 64); `odd` is the last kept bit.
constexpr bool rounds_away(Rounding rounding, std::uint64_t cut, int cut_bits, bool odd, bool negative,
                           RandomBits random) {
  if (cut == 0) return false;
  const std::uint64_t half = cut_bits <= 64 ? std::uint64_t{1} << (cut_bits - 1) : 0;  // 0: beyond every cut
  switch (rounding) {
    case Rounding::nearest_even:
      return half != 0 && (cut > half || (cut == half && odd));
    case Rounding::nearest_away:
      return half != 0 && cut >= half;
    case Rounding::toward_zero:
      return false;
    case Rounding::up:
      return !negative;
    case Rounding::down:
      return negative;
    case Rounding::to_odd:
      return !odd;
    case Rounding::stochastic: {
      const int surplus = cut_bits - random.count;
      const std::uint64_t fraction = surplus >= 64 ? 0 : surplus >= 0 ? cut >> surplus : cut << -surplus;
      return fraction + random.value >= std::uint64_t{1} << random.count;
    }
  }
  return false;
}

/// True if the mode never moves a finite value of this sign beyond the largest finite one (IEEE 754-2019, 7.4).
constexpr bool overflow_stays_finite(Rounding rounding, bool negative) {
  return rounding == Rounding::toward_zero || rounding == Rounding::to_odd || (rounding == Rounding::up && negative) ||
         (rounding == Rounding::down && !negative);
}

}  // namespace octavo::formats
