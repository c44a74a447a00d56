// The random operands that products are measured on.
#include "experiments/products/random_operands.h"

#include <gtest/gtest.h>

#include <cmath>

namespace octavo::experiments {
namespace {

TEST(RandomOperand, HasTheMomentsOfItsDistribution) {
  constexpr std::int64_t kCount = 200000;
  for (const Distribution distribution : {Distribution::uniform, Distribution::normal}) {
    const std::vector<float> values = random_operand(distribution, 1, 2, kCount);
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

TEST(RandomOperand, DependsOnSeedAndTensorAndStaysAsItIs) {
  const std::vector<float> values = random_operand(Distribution::normal, 1, 2, 4);
  EXPECT_EQ(values, random_operand(Distribution::normal, 1, 2, 4));
  EXPECT_NE(values, random_operand(Distribution::normal, 1, 3, 4));
  EXPECT_NE(values, random_operand(Distribution::normal, 2, 2, 4));
  const std::vector<float> longer = random_operand(Distribution::normal, 1, 2, 8);
  EXPECT_EQ(values, std::vector<float>(longer.begin(), longer.begin() + 4));
}

}  // namespace
}  // namespace octavo::experiments
