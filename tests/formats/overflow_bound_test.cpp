// Where overflow begins, against encode with one exponent bit or integer bit more.
#include "formats/overflow_bound.h"

#include <gtest/gtest.h>

#include <cmath>

#include "formats/encode.h"
#include "tests/formats/every_format.h"

namespace octavo::formats {
namespace {

constexpr Rounding kDirected[] = {Rounding::nearest_even, Rounding::nearest_away, Rounding::toward_zero,
                                  Rounding::up,           Rounding::down,         Rounding::to_odd};

/// The same values and more above them.
Spec widened(const Spec& spec) {
  if (spec.specials == Specials::integer) {
    Spec wider = integer(spec.bits() + 1);
    wider.bias = spec.bias - 1;  // the same last place
    return wider;
  }
  Spec wider = spec;
  ++wider.exponent_bits;
  wider.specials = Specials::none;
  return wider;
}

TEST(OverflowBound, IsTheLargestNumberThatRoundsToAFiniteValue) {
  for (const Spec& spec : tests::all_kinds_of_formats(8)) {
    const Spec wider = widened(spec);
    ASSERT_EQ(decode(wider, spec.max_code()), decode(spec, spec.max_code())) << testing::PrintToString(spec);
    for (const Rounding rounding : kDirected)
      for (const bool negative : {false, true}) {
        const double kept = largest_kept(spec, rounding, negative);
        const double sign = negative ? -1.0 : 1.0;
        const auto magnitude = [&](double x) {
          return wider.magnitude(encode(wider, rounding, Overflow::saturate, sign * x));
        };
        EXPECT_LE(magnitude(kept), spec.max_code()) << testing::PrintToString(spec) << static_cast<int>(rounding);
        EXPECT_GT(magnitude(std::nextafter(kept, 1e300)), spec.max_code())
            << testing::PrintToString(spec) << static_cast<int>(rounding);
      }
  }
}

TEST(OverflowBound, OfKnownFormats) {
  EXPECT_EQ(largest_kept(e4m3, Rounding::nearest_even, false), 464.0);
  EXPECT_EQ(largest_kept(e5m2, Rounding::nearest_even, false), std::nextafter(61440.0, 0.0));
  EXPECT_EQ(largest_kept(e2m1, Rounding::nearest_even, true), std::nextafter(7.0, 0.0));
  EXPECT_EQ(largest_kept(int8, Rounding::toward_zero, false), std::nextafter(128.0, 0.0));
  EXPECT_EQ(largest_kept(e4m3, Rounding::stochastic, false), 448.0);
  EXPECT_EQ(float_at_most(464.0), 464.0F);
  EXPECT_EQ(float_at_most(std::nextafter(464.0, 0.0)), std::nextafter(464.0F, 0.0F));
  EXPECT_EQ(float_at_most(0x1p128), std::numeric_limits<float>::max());
}

}  // namespace
}  // namespace octavo::formats
