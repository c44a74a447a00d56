// encode against MPFR: at every boundary and next to it, for every format, rounding and overflow mode.
#include <gtest/gtest.h>
#include <mpfr.h>

#include <cmath>
#include <limits>

#include "formats/encode.h"
#include "tests/formats/boundaries.h"
#include "tests/formats/every_format.h"

namespace octavo::formats {
namespace {

constexpr Rounding kRoundings[] = {Rounding::nearest_even, Rounding::nearest_away, Rounding::toward_zero,
                                   Rounding::up,           Rounding::down,         Rounding::to_odd};

/// The step's place, and the doubles and floats next to it on either side.
std::vector<double> around(double at) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<double> points{at, std::nextafter(at, kInfinity)};
  if (at > 0) points.push_back(std::nextafter(at, 0.0));
  const auto rounded = static_cast<float>(at);
  for (const float x : {std::nextafter(rounded, 0.0F), rounded, std::nextafter(rounded, HUGE_VALF)})
    if (std::isfinite(x)) points.push_back(x);
  return points;
}

void expect_boundaries(const Spec& spec, Rounding rounding, Overflow overflow) {
  for (const bool negative : {false, true}) {
    const tests::Boundaries boundaries(spec, rounding, overflow, negative);
    const double sign = negative ? -1 : 1;
    for (const auto& step : boundaries.steps()) {
      for (const double point : around(step.at)) {
        ASSERT_EQ(encode(spec, rounding, overflow, sign * point), boundaries.code(point))
            << testing::PrintToString(spec) << std::hexfloat << " of " << sign * point << " rounding "
            << static_cast<int>(rounding) << " overflow " << static_cast<int>(overflow);
      }
    }
    for (const double huge : {0x1p128, 0x1p200, std::numeric_limits<double>::max()})
      ASSERT_EQ(encode(spec, rounding, overflow, sign * huge), boundaries.code(huge)) << testing::PrintToString(spec);
    ASSERT_EQ(encode(spec, rounding, overflow, sign * std::numeric_limits<double>::infinity()),
              boundaries.code_of_infinity())
        << testing::PrintToString(spec);
  }
}

TEST(Mpfr, CodesChangeExactlyAtTheBoundaries) {
  for (const Spec& spec : tests::all_kinds_of_formats(8))
    for (const Rounding rounding : kRoundings)
      for (const auto overflow : {Overflow::saturate, Overflow::special}) expect_boundaries(spec, rounding, overflow);
}

TEST(Mpfr, CodesChangeExactlyAtTheBoundariesOfLargerFormats) {
  for (const Spec& spec : {fp16, bf16, tf32}) {
    expect_boundaries(spec, Rounding::nearest_even, Overflow::special);
    expect_boundaries(spec, Rounding::down, Overflow::saturate);
    expect_boundaries(spec, Rounding::to_odd, Overflow::special);
  }
}

/// MPFR's own rounding to the precision and exponent range of `spec`, without an upper end.
double rounded_by_mpfr(const Spec& spec, mpfr_rnd_t rounding, double x) {
  const mpfr_exp_t emin = mpfr_get_emin();
  mpfr_t value;
  mpfr_init2(value, spec.mantissa_bits + 1);
  mpfr_set_emin(spec.min_quantum() + 1);  // MPFR's significands lie in [1/2, 1)
  const int ternary = mpfr_set_d(value, x, rounding);
  mpfr_subnormalize(value, ternary, rounding);
  const double result = mpfr_get_d(value, MPFR_RNDN);
  mpfr_clear(value);
  mpfr_set_emin(emin);
  return result;
}

TEST(Mpfr, RoundsAsMpfrDoes) {
  std::mt19937_64 generator(3);
  for (const Spec& spec : tests::named_formats()) {
    if (!spec.has_zero || spec.mantissa_bits == 0) continue;  // with one bit, MPFR has no even neighbour
    std::vector<double> points;
    if (spec.bits() <= 8)
      for (const float x : tests::critical_floats(spec)) points.push_back(x);
    for (int i = 0; i < 20000; ++i) {
      const auto exponent = spec.min_quantum() - 3 + static_cast<int>(generator() % 64);
      points.push_back(std::ldexp(static_cast<double>(generator() | 1u), exponent - 63) * ((i & 1) != 0 ? -1 : 1));
    }
    for (const double x : points) {
      if (!std::isfinite(x)) continue;
      const struct {
        Rounding ours;
        mpfr_rnd_t mpfr;
      } modes[] = {{Rounding::nearest_even, MPFR_RNDN},
                   {Rounding::toward_zero, MPFR_RNDZ},
                   {Rounding::up, MPFR_RNDU},
                   {Rounding::down, MPFR_RNDD}};
      for (const auto& mode : modes) {
        const double rounded = rounded_by_mpfr(spec, mode.mpfr, x);
        const double max = decode(spec, spec.max_code());
        const double expected = std::fabs(rounded) <= max ? rounded : std::copysign(max, rounded);
        ASSERT_EQ(decode(spec, encode(spec, mode.ours, Overflow::saturate, x)), expected)
            << testing::PrintToString(spec) << std::hexfloat << ' ' << x;
      }
    }
  }
}

TEST(Mpfr, NanGivesTheCanonicalCode) {
  for (const Spec& spec : tests::all_kinds_of_formats(8)) {
    for (const double nan : {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::quiet_NaN()}) {
      for (const Rounding rounding : kRoundings) {
        for (const auto overflow : {Overflow::saturate, Overflow::special}) {
          const std::uint32_t code = encode(spec, rounding, overflow, nan);
          ASSERT_EQ(code, spec.has_nan() ? spec.nan_code() : spec.specials == Specials::integer ? 0 : spec.max_code());
          ASSERT_EQ(std::isnan(decode(spec, code)), spec.has_nan());
        }
      }
    }
  }
}

}  // namespace
}  // namespace octavo::formats
