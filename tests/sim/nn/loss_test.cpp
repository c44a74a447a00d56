// The score of a row of logits: its loss against binary64, ties, and logits that are no number.
#include "sim/nn/loss.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/sim/random_normal.h"

namespace octavo::sim::nn {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TokenScore score_of(const std::vector<float>& logits, std::int32_t target) {
  return score(logits.data(), static_cast<std::int64_t>(logits.size()), target);
}

TEST(Loss, IsMinusLogSoftmax) {
  for (const std::size_t vocabulary : {1, 2, 17, 1000, 49152}) {
    const std::vector<float> logits = random_normal(vocabulary, 1, 5.0F);
    long double total = 0.0L;
    for (const float logit : logits) total += std::exp(static_cast<long double>(logit));
    for (const std::size_t target : {std::size_t{0}, vocabulary / 2, vocabulary - 1}) {
      const double expected = static_cast<double>(std::log(total) - logits[target]);
      EXPECT_NEAR(score_of(logits, static_cast<std::int32_t>(target)).loss, expected, 1e-6 * (1.0 + expected));
    }
  }
  EXPECT_EQ(score_of({3.0F}, 0).loss, 0.0F);
  EXPECT_FLOAT_EQ(score_of({-1e30F, 1e30F}, 0).loss, 2e30F);
}

TEST(Loss, TheLowestOfEqualLogitsIsRankedFirst) {
  const std::vector<float> logits{1.0F, 4.0F, -2.0F, 4.0F};
  EXPECT_FALSE(score_of(logits, 0).correct);
  EXPECT_TRUE(score_of(logits, 1).correct);
  EXPECT_FALSE(score_of(logits, 3).correct);
}

TEST(Loss, OfLogitsThatAreNoNumbers) {
  EXPECT_TRUE(std::isnan(score_of({1.0F, kNan, 2.0F}, 0).loss));
  EXPECT_TRUE(std::isnan(score_of({kNan, kNan}, 0).loss));
  EXPECT_TRUE(std::isnan(score_of({kInfinity, 1.0F}, 0).loss));
  EXPECT_TRUE(std::isnan(score_of({-kInfinity, -kInfinity}, 0).loss));
  EXPECT_EQ(score_of({-kInfinity, 1.0F}, 0).loss, kInfinity);
  EXPECT_EQ(score_of({-kInfinity, 1.0F}, 1).loss, 0.0F);
}

TEST(Score, APositionWithoutAFiniteLossIsNotCorrect) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::array<float, 3> logits{nan, 2.0F, 1.0F};
  const TokenScore scored = score(logits.data(), 3, 1);
  EXPECT_TRUE(std::isnan(scored.loss));
  EXPECT_FALSE(scored.correct);
}

}  // namespace
}  // namespace octavo::sim::nn
