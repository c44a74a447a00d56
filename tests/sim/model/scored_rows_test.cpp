// Rows taken out and put back.
#include "sim/model/scored_rows.h"

#include <gtest/gtest.h>

#include <numeric>

namespace octavo::sim::model {
namespace {

constexpr std::int64_t kWidth = 3;

TEST(ScoredRows, EverySubsetGoesBackToItsPlacesAmongZeros) {
  constexpr std::int64_t kRows = 6;
  std::vector<float> stream(kRows * kWidth);
  std::iota(stream.begin(), stream.end(), 1.0F);
  for (unsigned subset = 0; subset < 1U << kRows; ++subset) {
    std::vector<std::int32_t> targets(kRows, nn::kNotScored);
    std::vector<float> expected(stream.size(), 0.0F);
    for (std::int64_t t = 0; t < kRows; ++t) {
      if ((subset >> t & 1U) == 0) continue;
      targets[static_cast<std::size_t>(t)] = static_cast<std::int32_t>(10 + t);
      std::copy_n(stream.begin() + t * kWidth, kWidth, expected.begin() + t * kWidth);
    }
    const ScoredRows<float> scored(stream.data(), targets, kWidth);
    for (std::size_t i = 0; i < scored.target.size(); ++i) EXPECT_EQ(scored.target[i], 10 + scored.position[i]);
    std::vector<float> y(stream.size(), -1.0F);
    std::copy_n(scored.x, scored.count() * kWidth, y.begin());
    scored.spread(y.data(), kRows, kWidth);
    EXPECT_EQ(y, expected) << subset;
  }
}

TEST(ScoredRows, WhatIsScoredThroughoutIsNotCopied) {
  const std::vector<float> stream(2 * kWidth);
  const std::vector<std::int32_t> targets{4, 0};
  const ScoredRows<float> scored(stream.data(), targets, kWidth);
  EXPECT_EQ(scored.x, stream.data());
}

}  // namespace
}  // namespace octavo::sim::model
