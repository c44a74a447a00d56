// What a step's gradients allow.
#include "sim/train/judge.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace octavo::sim::train {
namespace {

const scaling::LossScale kConstant = scaling::ConstantLossScale{256.0};
const scaling::LossScale kBackoff = scaling::BackoffLossScale{};

/// A step with these gradients and a loss below that of guessing among 100 tokens.
Accumulated step_of(const std::vector<float>& gradients, double loss = 4.0, double loss_scale = 256.0) {
  return measure(loss, loss_scale, kConstant, gradients);
}

TEST(Judge, MeasuresTheNormWithoutTheLossScale) {
  std::vector<float> gradients(100'000, 0.0F);  // several pieces
  gradients.front() = 3.0F * 256.0F;
  gradients.back() = -4.0F * 256.0F;
  const Accumulated step = step_of(gradients);
  EXPECT_EQ(step.gradient_norm, 5.0);
  EXPECT_EQ(step.seen.amax, 1024.0F);
  EXPECT_TRUE(step.seen.finite);
  EXPECT_EQ(step_of({}).gradient_norm, 0.0);
}

TEST(Judge, ClipsNormsAboveTheLimitAlone) {
  const Accumulated step = step_of({3.0F * 256.0F, 4.0F * 256.0F});
  EXPECT_EQ(gradient_factor(step, 0.0), 0x1p-8F);
  EXPECT_EQ(gradient_factor(step, 5.0), 0x1p-8F);
  EXPECT_EQ(gradient_factor(step, 1.25), 0x1p-10F);
}

TEST(Judge, EndsARunWhoseLossIsAboveThreeTimesGuessing) {
  const double limit = 3.0 * std::log(100.0);
  EXPECT_FALSE(diverged(step_of({1.0F}, limit - 1e-9), kConstant, 100));
  EXPECT_TRUE(diverged(step_of({1.0F}, limit + 1e-9), kConstant, 100));
  EXPECT_TRUE(diverged(step_of({1.0F}, std::numeric_limits<double>::quiet_NaN()), kBackoff, 100));
  EXPECT_TRUE(diverged(step_of({1.0F}, std::numeric_limits<double>::infinity()), kBackoff, 100));
}

TEST(Judge, EndsARunWhoseGradientsOverflowWhereNoSmallerScaleIsLeft) {
  const std::vector<float> overflowed{1.0F, std::numeric_limits<float>::infinity()};
  EXPECT_TRUE(diverged(step_of(overflowed), kConstant, 100));
  EXPECT_FALSE(diverged(step_of(overflowed), kBackoff, 100));
  EXPECT_TRUE(diverged(step_of(overflowed, 4.0, 0x1p-24), kBackoff, 100));
}

}  // namespace
}  // namespace octavo::sim::train
