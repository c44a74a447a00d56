// What some policies read of a tensor besides its amax: counts of magnitudes, round after round, and sums of squares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace octavo::scaling {

/// Which magnitudes one round counts, and in which bins.
struct Binning {
  enum class Kind : std::uint8_t {
    exponents,  ///< 256 bins by biased binary32 exponent: zeros and subnormals in 0, infinity and NaN in 255
    high_bits,  ///< 2^16 bins by the upper bits of |x|, without NaN
    low_bits,   ///< 2^15 bins by the lower bits of those |x| whose upper bits are `high`
    even,       ///< 2048 bins of equal width up to `amax`, which is finite and positive, as are all |x|
    squares,    ///< no bins: the sum of x^2
  };
  Kind kind = Kind::exponents;
  std::uint32_t high = 0;
  float amax = 0.0F;

  constexpr bool operator==(const Binning&) const = default;
};

/// One round over the values that one scale covers.
struct Round {
  Binning binning{};
  std::vector<std::uint64_t> counts;  ///< by bin
  /// Sums of squares in binary64 by part of 2^15 elements (16 lanes, then the lanes ascending): the parts are kept, so
  /// that their sum in ascending order does not depend on who counted which.
  std::vector<double> squares;

  bool operator==(const Round&) const = default;
  /// Adds what follows in the tensor, counted under the same binning: counts in any order, squares in ascending order.
  Round& operator+=(const Round& next);
  /// The sum of all squares.
  double sum_of_squares() const;
};

/// Counts x, the values that one scale covers.
Round count(const Binning& binning, std::span<const float> x);

}  // namespace octavo::scaling
