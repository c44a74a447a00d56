// Sums over gradients: by tensor, whoever holds which and on however many threads.
#include "sim/train/step/gradient_sums.h"

#include <gtest/gtest.h>

#include <limits>

#include "machine/threads.h"
#include "tests/sim/central_differences.h"

namespace octavo::sim::train {
namespace {

using Tensors = std::vector<std::vector<float>>;

std::vector<GradientSums> sums_of(const scaling::LossScale& policy, const Tensors& tensors) {
  return sum_gradients(policy, std::vector<std::span<const float>>(tensors.begin(), tensors.end()));
}

/// Sizes below, at and above a piece, an empty one, and one of several pieces.
Tensors random_tensors() {
  Tensors tensors;
  std::uint64_t seed = 1;
  for (const std::int64_t size : {5, 1 << 14, 0, 1, (1 << 14) + 3, 100'000}) {
    const std::vector<double> values = random_values(size, seed++);
    tensors.emplace_back(values.begin(), values.end());
  }
  return tensors;
}

TEST(GradientSums, AreTheSumsOfTheirSquares) {
  for (const Tensors& tensors : {random_tensors(), Tensors{}}) {
    double expected = 0.0;
    for (const std::vector<float>& tensor : tensors)
      for (const float x : tensor) expected += static_cast<double>(x) * static_cast<double>(x);
    EXPECT_NEAR(total(sums_of(scaling::ConstantLossScale{}, tensors)).squares, expected, 1e-9 * expected);
  }
}

TEST(GradientSums, OfATensorDependNeitherOnTheOthersNorOnThreads) {
  const scaling::LossScale policy = scaling::HistogramLossScale{};
  const Tensors tensors = random_tensors();
  const std::vector<GradientSums> all = sums_of(policy, tensors);
  ASSERT_EQ(all.size(), tensors.size());
  for (const int threads : {1, 3}) {
    machine::use_threads(threads);
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const std::vector<GradientSums> alone = sums_of(policy, {tensors[i]});
      EXPECT_EQ(alone.front().squares, all[i].squares) << i;
      EXPECT_EQ(alone.front().seen.amax, all[i].seen.amax) << i;
      EXPECT_EQ(alone.front().seen.elements, tensors[i].size()) << i;
    }
  }
  machine::use_threads(0);
}

TEST(GradientSums, AreAddedUpInTheTensorsOrder) {
  // Beside 2^54 a 1 is lost, but not three of them together.
  EXPECT_EQ(total(sums_of(scaling::ConstantLossScale{}, {{0x1p27F}, {1.0F}, {1.0F}, {1.0F}})).squares, 0x1p54);
  EXPECT_EQ(total(sums_of(scaling::ConstantLossScale{}, {{1.0F}, {1.0F}, {1.0F}, {0x1p27F}})).squares, 0x1p54 + 4.0);
}

TEST(GradientSums, SeeAllGradientsWhereverTheyLie) {
  const scaling::LossScale policy = scaling::HistogramLossScale{};
  Tensors tensors{std::vector<float>(100'000, 0.5F), {0.5F}, std::vector<float>(199'999, 0.5F)};
  tensors[0][70'000] = -5000.0F;
  tensors[2][199'998] = 4095.0F;  // 4094 is the edge
  const scaling::GradientObservation seen = total(sums_of(policy, tensors)).seen;
  EXPECT_EQ(seen.amax, 5000.0F);
  EXPECT_TRUE(seen.finite);
  EXPECT_EQ(seen.elements, 300'000U);
  EXPECT_EQ(seen.upper, 2U);
  tensors[1][0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(total(sums_of(policy, tensors)).seen.finite);
}

}  // namespace
}  // namespace octavo::sim::train
