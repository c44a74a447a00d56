// Loss scaling: each policy step by step.
#include "scaling/loss_scale.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace octavo::scaling {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr GradientObservation kOverflow{0.0F, false, 4, 1};

GradientObservation clean(float amax) { return {amax, true, 1000, 0}; }

TEST(LossScale, ConstantStaysAndLeavesOutWhatIsNotFinite) {
  const LossScale policy = ConstantLossScale{4096.0};
  LossScaleState state = start(policy);
  EXPECT_TRUE(update(policy, state, clean(1.0F)));
  EXPECT_FALSE(update(policy, state, kOverflow));
  EXPECT_EQ(state.scale, 4096.0);
  EXPECT_EQ(name(policy), "constant");
}

// torch.amp.GradScaler: init_scale 2^16, growth_factor 2, backoff_factor 0.5, growth_interval 2000;
// torch._amp_update_scale_ resets its counter on both.
TEST(LossScale, CanBackOffWhereItChangesAndIsNotTooSmallAlready) {
  EXPECT_TRUE(can_back_off(HistogramLossScale{}, 1.0));
  EXPECT_TRUE(can_back_off(BackoffLossScale{}, 0x1p-23));
  EXPECT_FALSE(can_back_off(BackoffLossScale{}, 0x1p-24));
  EXPECT_FALSE(can_back_off(ConstantLossScale{}, 1.0));
}

TEST(LossScale, BackoffHalvesAtOnceAndDoublesAfterCleanSteps) {
  const LossScale policy = BackoffLossScale{65536.0, 2.0, 0.5, 3};
  LossScaleState state = start(policy);
  std::vector<double> scales;
  for (const bool finite : {true, true, false, true, true, true, true, false}) {
    EXPECT_EQ(update(policy, state, finite ? clean(1.0F) : kOverflow), finite);
    scales.push_back(state.scale / 65536.0);
  }
  EXPECT_EQ(scales, (std::vector<double>{1, 1, 0.5, 0.5, 0.5, 1, 1, 0.5}));
  EXPECT_EQ(BackoffLossScale{}.interval, 2000);
  EXPECT_EQ(BackoffLossScale{}.initial, 65536.0);
}

TEST(LossScale, BackoffStaysWhereBinary32CanHoldIt) {
  const BackoffLossScale up{0x1p125, 2.0, 0.5, 1};
  LossScaleState state = up.start();
  for (int i = 0; i < 10; ++i) up.update(state, clean(1.0F));
  EXPECT_EQ(state.scale, 0x1p126);
  for (int i = 0; i < 1000; ++i) up.update(state, kOverflow);
  EXPECT_EQ(state.scale, 0x1p-126);
}

TEST(LossScale, LogMaxPutsTheMeanAndItsDeviationsAtTheLargestValue) {
  const LogMaxLossScale policy{1024.0, 2.5, 0.9, 65504.0};
  LossScaleState state = policy.start();
  // Unscaled gradients of amax 2^-10 at every step: mean -10, deviation 0; the largest power of two below 65504 * 2^10.
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(policy.update(state, clean(static_cast<float>(state.scale * 0x1p-10))));
  EXPECT_EQ(state.scale, 0x1p25);
  EXPECT_NEAR(state.mean, -10.0, 1e-12);
  // With spread the scale falls behind by the deviations.
  for (int i = 0; i < 400; ++i)
    policy.update(state, clean(static_cast<float>(state.scale * (i % 2 == 0 ? 0x1p-9 : 0x1p-11))));
  EXPECT_NEAR(state.mean, -10.0, 0.06);
  EXPECT_NEAR(std::sqrt(state.square - state.mean * state.mean), 1.0, 0.01);
  EXPECT_EQ(state.scale, 0x1p23);
  EXPECT_FALSE(policy.update(state, kOverflow));
  EXPECT_EQ(state.scale, 0x1p22);
  const LossScaleState before = state;
  EXPECT_TRUE(policy.update(state, clean(0.0F)));
  EXPECT_EQ(state, before);
}

TEST(LossScale, HistogramHalvesWhenTooManyLieAtTheTop) {
  const LossScale policy = HistogramLossScale{1024.0, 0.0625, 1e-3, 2, 4096.0};
  LossScaleState state = start(policy);
  std::vector<double> scales;
  const auto run = [&](std::uint64_t upper) {
    update(policy, state, {1.0F, true, 1000, upper});
    scales.push_back(state.scale);
  };
  for (const std::uint64_t upper : {0u, 0u, 0u, 0u, 0u, 0u, 0u, 3u, 2u, 0u, 1u, 2u}) run(upper);
  // Doubled each second step up to the cap; 3 and 2 of 2000 are not more than 1e-3 + 0.0005 alike: 3 is, 2 is not.
  EXPECT_EQ(scales, (std::vector<double>{1024, 2048, 2048, 4096, 4096, 4096, 4096, 2048, 2048, 4096, 4096, 2048}));
  EXPECT_FALSE(update(policy, state, kOverflow));
}

TEST(LossScale, ObservesGradients) {
  const LossScale policy = HistogramLossScale{};
  EXPECT_EQ((HistogramLossScale{}.threshold()), 4094.0F);
  const std::vector<float> gradients{1.0F, -4094.0F, 4093.0F, 0.0F, -kInfinity, std::nanf("")};
  GradientObservation seen = observe_gradients(policy, gradients);
  EXPECT_EQ(seen.upper, 3u);
  EXPECT_EQ(seen.elements, 6u);
  EXPECT_FALSE(seen.finite);
  seen = observe_gradients(policy, std::vector<float>{1.0F, -5000.0F});
  EXPECT_TRUE(seen.finite);
  EXPECT_EQ(seen.amax, 5000.0F);
  seen += observe_gradients(policy, std::vector<float>{-7000.0F});
  EXPECT_EQ(seen.amax, 7000.0F);
  EXPECT_EQ(seen.upper, 2u);
  EXPECT_EQ(seen.elements, 3u);
  EXPECT_TRUE(observe_gradients(policy, {}).finite);
}

}  // namespace
}  // namespace octavo::scaling
