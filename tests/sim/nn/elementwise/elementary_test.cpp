// The stated errors of exp, log, sin and cos against the C library's in extended precision.
#include "sim/nn/elementwise/elementary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace octavo::sim::nn {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr int kDrawn = 50'000;

/// Calls check(x) for x drawn evenly from [low, high], the ends included.
template <class Check>
void for_drawn(double low, double high, Check check) {
  std::mt19937_64 generator(1);
  std::uniform_real_distribution<double> uniform(low, high);
  check(low);
  check(high);
  for (int i = 0; i < kDrawn; ++i) check(uniform(generator));
}

double relative_error(double value, long double exact) {
  return static_cast<double>(std::fabs((static_cast<long double>(value) - exact) / exact));
}

class Elementary : public testing::Test {
 protected:
  void SetUp() override {
    if (std::numeric_limits<long double>::digits < 64) GTEST_SKIP() << "long double is no wider than double here";
  }
};

TEST_F(Elementary, ExpIsWithinFourE16WhereNormal) {
  double worst = 0.0;
  const auto check = [&](double x) {
    worst = std::max(worst, relative_error(exp(x), std::exp(static_cast<long double>(x))));
  };
  for_drawn(-708.3, 709.7, check);
  for_drawn(-1.0, 1.0, check);
  EXPECT_LT(worst, 4e-16);
}

TEST_F(Elementary, ExpAtItsEnds) {
  EXPECT_EQ(exp(0.0), 1.0);
  EXPECT_EQ(exp(-0.0), 1.0);
  EXPECT_EQ(exp(kInfinity), kInfinity);
  EXPECT_EQ(exp(-kInfinity), 0.0);
  EXPECT_EQ(exp(710.0), kInfinity);
  EXPECT_EQ(exp(-746.0), 0.0);
  EXPECT_TRUE(std::isnan(exp(kNan)));
  // Subnormal results: within the smallest subnormal, and never negative.
  for_drawn(-745.1, -708.4, [](double x) {
    const double value = exp(x);
    ASSERT_GE(value, 0.0);
    ASSERT_LE(std::fabs(static_cast<long double>(value) - std::exp(static_cast<long double>(x))), 0x1p-1074L) << x;
  });
}

TEST_F(Elementary, LogIsWithinFourE16) {
  double worst = 0.0;
  double worst_near_one = 0.0;
  const auto check = [&](double x) {
    const long double exact = std::log(static_cast<long double>(x));
    if (std::fabs(exact) > 0.5L)
      worst = std::max(worst, relative_error(log(x), exact));
    else
      worst_near_one =
          std::max(worst_near_one, std::fabs(static_cast<double>(static_cast<long double>(log(x)) - exact)));
  };
  for_drawn(0.25, 4.0, check);
  for_drawn(1.0, 1e6, check);
  for_drawn(-1022.0, 1023.9, [&](double power) { check(std::exp2(power)); });
  EXPECT_LT(worst, 4e-16);
  EXPECT_LT(worst_near_one, 4e-16);
  EXPECT_EQ(log(1.0), 0.0);
}

TEST_F(Elementary, SinAndCosAreWithinThreeE16) {
  double worst = 0.0;
  const auto check = [&](double x) {
    const SinCos value = sin_cos(x);
    const long double wide = x;
    worst = std::max({worst, std::fabs(static_cast<double>(static_cast<long double>(value.sin) - std::sin(wide))),
                      std::fabs(static_cast<double>(static_cast<long double>(value.cos) - std::cos(wide)))});
  };
  for_drawn(-0x1p20, 0x1p20, check);
  for_drawn(-10.0, 10.0, check);
  for (std::int64_t n = -600'000; n <= 600'000; n += 7) check(static_cast<double>(n) * 1.57079632679489661923);
  EXPECT_LT(worst, 3e-16);
  EXPECT_EQ(sin_cos(0.0).sin, 0.0);
  EXPECT_EQ(sin_cos(0.0).cos, 1.0);
}

}  // namespace
}  // namespace octavo::sim::nn
