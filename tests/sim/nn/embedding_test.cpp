// Rotary positions against their formula, and the scaled frequencies of linear and Llama 3 stretching.
#include "sim/nn/embedding.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "tests/sim/random_normal.h"

namespace octavo::sim::nn {
namespace {

/// The angle by which Rope turns pair `pair` at `position`.
double angle(const Rope<double>& rope, std::int64_t pairs, std::int64_t pair, std::int64_t position) {
  std::vector<double> row(static_cast<std::size_t>(2 * pairs));
  row[static_cast<std::size_t>(pair)] = 1.0;
  rope.rotate(row.data(), 1, position);
  return std::atan2(row[static_cast<std::size_t>(pair + pairs)], row[static_cast<std::size_t>(pair)]);
}

TEST(Rope, TurnsEachPairByItsAngle) {
  constexpr std::int64_t kPairs = 8, kHeads = 3;
  for (const double theta : {10000.0, 500000.0}) {
    const Rope<float> rope(300, 2 * kPairs, theta, {});
    for (const std::int64_t position : {0, 1, 17, 299}) {
      const std::vector<float> before = random_normal(2 * kPairs * kHeads, 1);
      std::vector<float> after = before;
      rope.rotate(after.data(), kHeads, position);
      for (std::int64_t head = 0; head < kHeads; ++head)
        for (std::int64_t i = 0; i < kPairs; ++i) {
          const auto low = static_cast<std::size_t>(head * 2 * kPairs + i);
          const auto high = low + kPairs;
          const double turn = static_cast<double>(position) * std::pow(theta, -static_cast<double>(i) / kPairs);
          EXPECT_NEAR(after[low], before[low] * std::cos(turn) - before[high] * std::sin(turn), 5e-7);
          EXPECT_NEAR(after[high], before[high] * std::cos(turn) + before[low] * std::sin(turn), 5e-7);
        }
    }
  }
}

TEST(Rope, LinearScalingDividesPositions) {
  const Rope<double> stretched(100, 16, 10000.0, {.kind = RopeScaling::Kind::linear, .factor = 4.0});
  const Rope<double> plain(100, 16, 10000.0, {});
  for (std::int64_t pair = 0; pair < 8; ++pair)
    EXPECT_NEAR(angle(stretched, 8, pair, 12), angle(plain, 8, pair, 3), 1e-13);
}

TEST(Rope, Llama3ScalingStretchesLongWavesOnly) {
  // Meta's Llama 3.1: waves longer than original / low are stretched, shorter than original / high kept.
  const RopeScaling scaling{RopeScaling::Kind::llama3, 8.0, 1.0, 4.0, 8192.0};
  constexpr std::int64_t kPairs = 64;
  const Rope<double> rope(2, 2 * kPairs, 500000.0, scaling);
  std::array<int, 3> met{};
  for (std::int64_t i = 0; i < kPairs; ++i) {
    const double frequency = std::pow(500000.0, -static_cast<double>(i) / kPairs);
    const double wave = 2.0 * std::acos(-1.0) / frequency;
    double expected = frequency;
    if (wave > 8192.0) {
      expected = frequency / 8.0;
      ++met[0];
    } else if (wave > 8192.0 / 4.0) {
      const double smooth = (8192.0 / wave - 1.0) / (4.0 - 1.0);
      expected = (1.0 - smooth) * frequency / 8.0 + smooth * frequency;
      ++met[1];
    } else {
      ++met[2];
    }
    EXPECT_NEAR(angle(rope, kPairs, i, 1), expected, 1e-15) << i;
  }
  EXPECT_GT(met[0], 0);
  EXPECT_GT(met[1], 0);
  EXPECT_GT(met[2], 0);
}

TEST(Embedding, CopiesRows) {
  const std::vector<float> table{0, 1, 10, 11, 20, 21};
  std::vector<float> y(6);
  embed<float>(std::vector<std::int32_t>{2, 0, 2}, table.data(), 2, y.data());
  EXPECT_EQ(y, (std::vector<float>{20, 21, 0, 1, 20, 21}));
}

}  // namespace
}  // namespace octavo::sim::nn
