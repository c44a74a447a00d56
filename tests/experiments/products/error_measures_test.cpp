// Errors of one result against another, and the synthetic data that experiments measure them on.
#include "experiments/products/error_measures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "experiments/products/synthetic.h"

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
  EXPECT_EQ(error.largest_absolute, 4.0);
  EXPECT_EQ(error.largest_relative, 0.5);  // the output whose reference is 0 has none
  EXPECT_EQ(error.median_relative, 0.25);
  EXPECT_EQ(error.mean_signed_relative, (0.0 + 0.25 - 0.5) / 3);
  EXPECT_EQ(error.normwise_relative, std::sqrt((0.25 + 16.0 + 1.0) / (1.0 + 4.0 + 64.0)));
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

TEST(Synthetic, HasTheMomentsOfItsDistribution) {
  constexpr std::int64_t kCount = 200000;
  for (const Distribution distribution : {Distribution::uniform, Distribution::normal}) {
    const std::vector<float> values = synthetic(distribution, 1, 2, kCount);
    double mean = 0, square = 0;
    for (const float value : values) {
      mean += value;
      square += double{value} * value;
      if (distribution == Distribution::uniform) {
        ASSERT_TRUE(value >= 0 && value < 1);
      }
    }
    mean /= kCount;
    const double variance = square / kCount - mean * mean;
    const bool uniform = distribution == Distribution::uniform;
    // Five standard errors.
    EXPECT_NEAR(mean, uniform ? 0.5 : 0.0, 5 * std::sqrt(variance / kCount));
    EXPECT_NEAR(variance, uniform ? 1.0 / 12 : 1.0, 5 * (uniform ? 0.0745 : std::sqrt(2.0)) / std::sqrt(kCount));
  }
}

TEST(Synthetic, DependsOnSeedAndTensorAndStaysAsItIs) {
  const std::vector<float> values = synthetic(Distribution::normal, 1, 2, 4);
  EXPECT_EQ(values, synthetic(Distribution::normal, 1, 2, 4));
  EXPECT_NE(values, synthetic(Distribution::normal, 1, 3, 4));
  EXPECT_NE(values, synthetic(Distribution::normal, 2, 2, 4));
  const std::vector<float> longer = synthetic(Distribution::normal, 1, 2, 8);
  EXPECT_EQ(values, std::vector<float>(longer.begin(), longer.begin() + 4));
}

}  // namespace
}  // namespace octavo::experiments
