// Schedules, loss scales, and the order of data.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

#include "sim/train/data_order.h"
#include "sim/train/loss_scale.h"
#include "sim/train/schedule.h"

namespace octavo::sim::train {
namespace {

TEST(Schedule, RisesThenStaysOrFallsByACosine) {
  Settings settings;
  settings.learning_rate = 2.0;
  settings.warmup = 4;
  settings.steps = 15;
  EXPECT_EQ(learning_rate(settings, 0), 0.5);
  EXPECT_EQ(learning_rate(settings, 3), 2.0);
  EXPECT_EQ(learning_rate(settings, 14), 2.0);
  settings.schedule = Schedule::cosine;
  settings.final_rate = 0.1;
  EXPECT_EQ(learning_rate(settings, 4), 2.0);
  EXPECT_NEAR(learning_rate(settings, 9), 2.0 * 0.55, 1e-12);
  EXPECT_NEAR(learning_rate(settings, 14), 0.2, 1e-12);
}

TEST(LossScale, IsThePolicyThatTheSettingsName) {
  Settings settings;
  settings.loss_scale = 1024.0;
  EXPECT_EQ(loss_scale_policy(settings), scaling::LossScale(scaling::ConstantLossScale{1.0}));
  settings.loss_scaling = LossScaling::constant;
  EXPECT_EQ(loss_scale_policy(settings), scaling::LossScale(scaling::ConstantLossScale{1024.0}));
  settings.loss_scaling = LossScaling::backoff;
  EXPECT_EQ(loss_scale_policy(settings), scaling::LossScale(scaling::BackoffLossScale{.initial = 1024.0}));
  settings.loss_scale_window = 7;
  EXPECT_EQ(loss_scale_policy(settings),
            scaling::LossScale(scaling::BackoffLossScale{.initial = 1024.0, .interval = 7}));
  settings.loss_scaling = LossScaling::logmax;
  EXPECT_EQ(loss_scale_policy(settings), scaling::LossScale(scaling::LogMaxLossScale{.initial = 1024.0}));
  settings.loss_scaling = LossScaling::histogram;
  EXPECT_EQ(loss_scale_policy(settings),
            scaling::LossScale(scaling::HistogramLossScale{.initial = 1024.0, .period = 7}));
}

TEST(DataOrder, TakesEverySequenceOnceAnEpochWhereverItStarts) {
  DataOrder order(3, 50);
  std::vector<std::int64_t> first, second;
  for (std::int64_t i = 0; i < 50; ++i) first.push_back(order[i]);
  for (std::int64_t i = 50; i < 100; ++i) second.push_back(order[i]);
  EXPECT_EQ(std::set<std::int64_t>(first.begin(), first.end()).size(), 50U);
  EXPECT_EQ(std::set<std::int64_t>(second.begin(), second.end()).size(), 50U);
  EXPECT_NE(first, second);
  EXPECT_FALSE(std::is_sorted(first.begin(), first.end()));
  DataOrder again(3, 50), other(4, 50);
  EXPECT_EQ(again[77], second[27]);
  std::vector<std::int64_t> others;
  for (std::int64_t i = 0; i < 50; ++i) others.push_back(other[i]);
  EXPECT_NE(first, others);
}

}  // namespace
}  // namespace octavo::sim::train
