// What a step's gradients allow.
#include "sim/train/step/judge.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace octavo::sim::train {
namespace {

const scaling::LossScale kConstant = scaling::ConstantLossScale{256.0};
const scaling::LossScale kBackoff = scaling::BackoffLossScale{};
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A step under a loss scale of 256, with a loss below that of guessing among 100 tokens, gradients of this norm.
Verdict of(double norm, double clip, double loss = 4.0, const scaling::LossScale& policy = kConstant,
           bool finite = true, double scale = 256.0) {
  GradientSums sums{norm * norm, {.amax = static_cast<float>(norm), .finite = finite, .elements = 2}};
  return judge(loss, sums, policy, {.scale = scale}, {clip, 100});
}

TEST(Judge, TakesTheLossScaleOut) {
  const Verdict verdict = of(5.0 * 256.0, 0.0);
  EXPECT_EQ(verdict.ruling, Ruling::update);
  EXPECT_EQ(verdict.gradient_norm, 5.0);
  EXPECT_EQ(verdict.factor, 0x1p-8F);
  EXPECT_EQ(of(0.0, 1.0).gradient_norm, 0.0);
}

TEST(Judge, ClipsNormsAboveTheLimitAlone) {
  EXPECT_EQ(of(5.0 * 256.0, 5.0).factor, 0x1p-8F);
  EXPECT_EQ(of(5.0 * 256.0, 1.25).factor, 0x1p-10F);
  EXPECT_EQ(of(5.0 * 256.0, 1.25).gradient_norm, 5.0);
}

TEST(Judge, EndsARunWhoseLossIsAboveThreeTimesGuessing) {
  const double limit = 3.0 * std::log(100.0);
  EXPECT_EQ(of(1.0, 0.0, limit - 1e-9).ruling, Ruling::update);
  EXPECT_EQ(of(1.0, 0.0, limit + 1e-9).ruling, Ruling::stop);
  EXPECT_EQ(of(1.0, 0.0, std::numeric_limits<double>::quiet_NaN(), kBackoff).ruling, Ruling::stop);
  EXPECT_EQ(of(1.0, 0.0, kInfinity, kBackoff).ruling, Ruling::stop);
}

TEST(Judge, EndsARunWhoseGradientsOverflowWhereNoSmallerScaleIsLeft) {
  EXPECT_EQ(of(kInfinity, 0.0, 4.0, kConstant, false).ruling, Ruling::stop);
  EXPECT_EQ(of(kInfinity, 0.0, 4.0, kBackoff, false).ruling, Ruling::skip);
  EXPECT_EQ(of(kInfinity, 0.0, 4.0, kBackoff, false, 0x1p-24).ruling, Ruling::stop);
}

TEST(Judge, MovesTheLossScaleUnlessTheRunStops) {
  EXPECT_EQ(of(kInfinity, 0.0, 4.0, kBackoff, false).loss_scale, (scaling::LossScaleState{.scale = 128.0}));
  EXPECT_EQ(of(1.0, 0.0, 4.0, kBackoff).loss_scale, (scaling::LossScaleState{.scale = 256.0, .steps = 1}));
  EXPECT_EQ(of(kInfinity, 0.0, 4.0, kBackoff, false, 0x1p-24).loss_scale, (scaling::LossScaleState{.scale = 0x1p-24}));
}

}  // namespace
}  // namespace octavo::sim::train
