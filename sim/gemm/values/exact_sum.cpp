// Fixed-point addition in digits of 32 bits.
#include "sim/gemm/values/exact_sum.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace octavo::sim::gemm {

void ExactSum::add(double term) {
  if (term == 0) return;
  const auto bits = std::bit_cast<std::uint64_t>(term);
  const int unit = static_cast<int>(bits >> 52 & 0x7FFu) - 1023 - 52;  // terms are normal
  const std::uint64_t significand = (bits & ((std::uint64_t{1} << 52) - 1)) | std::uint64_t{1} << 52;
  const auto first = static_cast<std::size_t>((unit - kLowest) / 32);
  const int shift = (unit - kLowest) % 32;
  const std::array<std::uint64_t, 3> pieces{significand << shift & 0xFFFFFFFFu,
                                            significand >> (32 - shift) & 0xFFFFFFFFu,
                                            shift == 0 ? 0 : significand >> (64 - shift)};
  const std::int64_t sign = term < 0 ? -1 : 1;
  for (std::size_t i = 0; i < pieces.size(); ++i) digits_[first + i] += sign * static_cast<std::int64_t>(pieces[i]);
}

float ExactSum::rounded() const {
  std::array<std::int64_t, 20> digits = digits_;
  const auto carry = [&] {  // leaves digits in [0, 2^32), but for the last, which takes the sign
    for (std::size_t i = 0; i + 1 < digits.size(); ++i) {
      digits[i + 1] += digits[i] >> 32;
      digits[i] &= 0xFFFFFFFF;
    }
  };
  carry();
  const bool negative = digits.back() < 0;
  if (negative) {
    for (std::int64_t& digit : digits) digit = -digit;
    carry();
  }
  std::size_t top = digits.size() - 1;
  while (top > 0 && digits[top] == 0) --top;
  // The two leading digits hold 33 bits of the sum at least (or all of it); what lies below makes the last one odd, so
  // that the one rounding to 24 bits or fewer sees all of it.
  auto leading = static_cast<std::uint64_t>(digits[top]);
  int unit = kLowest + 32 * static_cast<int>(top);
  if (top > 0) {
    leading = leading << 32 | static_cast<std::uint64_t>(digits[top - 1]);
    unit -= 32;
    if (std::any_of(digits.begin(), digits.begin() + static_cast<std::ptrdiff_t>(top) - 1,
                    [](std::int64_t digit) { return digit != 0; }))
      leading |= 1u;
  }
  const int excess = std::max(static_cast<int>(std::bit_width(leading)) - 53, 0);
  const bool cut = (leading & ((std::uint64_t{1} << excess) - 1)) != 0;
  leading = leading >> excess | (cut ? 1u : 0u);
  const auto value = static_cast<float>(std::ldexp(static_cast<double>(leading), unit + excess));
  return negative ? -value : value;
}

}  // namespace octavo::sim::gemm
