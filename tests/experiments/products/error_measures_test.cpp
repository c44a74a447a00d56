// Errors of one result against another.
#include "experiments/products/error_measures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace octavo::experiments {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

ErrorMeasures measured(const std::vector<float>& result, const std::vector<float>& reference) {
  return measure_error(result, reference);
}

TEST(ErrorMeasures, AreWhatTheySay) {
  const ErrorMeasures error = measured({1.0f, 2.5f, -4.0f, 1.0f}, {1.0f, 2.0f, -8.0f, 0.0f});
  EXPECT_EQ(error.outputs, 4);
  EXPECT_EQ(error.differing, 3);
  EXPECT_EQ(error.non_finite, 0);
  EXPECT_EQ(error.largest_ulps, 0x3f800000);  // between 1 and 0 lie as many numbers
  EXPECT_EQ(error.largest_absolute, 4.0);
  EXPECT_EQ(error.largest_relative, 0.5);  // the output whose reference is 0 has none
  EXPECT_EQ(error.median_relative, 0.25);
  EXPECT_EQ(error.mean_signed_relative, (0.0 + 0.25 - 0.5) / 3);
  EXPECT_EQ(error.normwise_relative, std::sqrt((0.25 + 16.0 + 1.0) / (1.0 + 4.0 + 64.0)));
}

TEST(ErrorMeasures, CountNumbersBetweenResults) {
  EXPECT_EQ(measured({std::nextafter(1.0f, 2.0f)}, {1.0f}).largest_ulps, 1);
  EXPECT_EQ(measured({0x1p-149f}, {-0x1p-149f}).largest_ulps, 2);
  EXPECT_EQ(measured({-0.0f}, {0.0f}).largest_ulps, 0);
  EXPECT_EQ(measured({kInfinity}, {1.0f}).largest_ulps, 0);
}

TEST(ErrorMeasures, SpecialValuesAreCountedAndLeftOut) {
  const ErrorMeasures error = measured({kInfinity, kNan, 3.0f, -0.0f}, {1.0f, kNan, 3.0f, 0.0f});
  EXPECT_EQ(error.differing, 2);  // -0 is not +0
  EXPECT_EQ(error.non_finite, 2);
  EXPECT_EQ(error.largest_relative, 0.0);
  EXPECT_EQ(error.normwise_relative, 0.0);
  const ErrorMeasures none = measured({kNan}, {1.0f});
  EXPECT_TRUE(std::isnan(none.largest_absolute) && std::isnan(none.median_relative) &&
              std::isnan(none.normwise_relative) && std::isnan(none.mean_signed_relative));
}

}  // namespace
}  // namespace octavo::experiments
