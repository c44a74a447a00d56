// AdamW against its formula, each operation rounded, schedules, loss scales, and the order of data.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <vector>

#include "sim/train/adamw.h"
#include "sim/train/data_order.h"
#include "sim/train/loss_scale.h"
#include "sim/train/schedule.h"
#include "tests/sim/central_differences.h"

namespace octavo::sim::train {
namespace {

struct Adam {
  std::vector<float> w, g, m, v;
  explicit Adam(std::size_t n) : m(n), v(n) {
    for (const double x : random_values(static_cast<std::int64_t>(n), 1)) w.push_back(static_cast<float>(x));
    for (const double x : random_values(static_cast<std::int64_t>(n), 2)) g.push_back(static_cast<float>(x));
  }
  void update(const Settings& settings, std::int64_t n, float factor, double decay) {
    adamw({w, g, m, v}, settings, settings.learning_rate, n, factor, decay);
  }
};

/// A binary32 number that takes one rounding an operation, whatever the compiler could do with floats: each result is
/// computed in binary64, where sums, products, quotients and roots of binary32 numbers round to binary32 as if exact.
struct Rounded {
  float value;
  explicit Rounded(float x) : value(x) {}
  explicit Rounded(double x) : value(static_cast<float>(x)) {}
  double wide() const { return static_cast<double>(value); }
  friend Rounded operator+(Rounded a, Rounded b) { return Rounded(a.wide() + b.wide()); }
  friend Rounded operator-(Rounded a, Rounded b) { return Rounded(a.wide() - b.wide()); }
  friend Rounded operator*(Rounded a, Rounded b) { return Rounded(a.wide() * b.wide()); }
  friend Rounded operator/(Rounded a, Rounded b) { return Rounded(a.wide() / b.wide()); }
};

TEST(AdamW, RoundsEveryOperationOfItsFormula) {
  for (const double beta1 : {0.9, 0.0}) {
    Settings settings;
    settings.learning_rate = 0.01;
    settings.beta1 = beta1;
    settings.beta2 = 0.95;
    Adam adam(1000);
    std::vector<float> w = adam.w;
    std::vector<float> m(w.size());
    std::vector<float> v(w.size());
    for (int n = 1; n <= 20; ++n) {
      adam.update(settings, n, 0.3F, 0.1);
      const Rounded keep(1.0 - 0.01 * 0.1);
      const Rounded step(0.01 / (1.0 - std::pow(beta1, n)));
      const Rounded root(std::sqrt(1.0 - std::pow(0.95, n)));
      for (std::size_t i = 0; i < w.size(); ++i) {
        const Rounded g = Rounded(adam.g[i]) * Rounded(0.3F);
        const Rounded first = Rounded(beta1) * Rounded(m[i]) + Rounded(1.0 - beta1) * g;
        const Rounded second = Rounded(0.95) * Rounded(v[i]) + Rounded(1.0 - 0.95) * g * g;
        const Rounded moved = first / (Rounded(std::sqrt(second.wide())) / root + Rounded(1e-8));
        m[i] = first.value;
        v[i] = second.value;
        w[i] = (Rounded(w[i]) * keep - step * moved).value;
        ASSERT_EQ(adam.m[i], m[i]) << n << ' ' << i;
        ASSERT_EQ(adam.v[i], v[i]) << n << ' ' << i;
        ASSERT_EQ(adam.w[i], w[i]) << n << ' ' << i;
      }
    }
  }
}

TEST(AdamW, RoundsASixteenBitMasterToNearestEven) {
  Settings settings;
  Adam wide(1000);
  Adam narrow(1000);
  wide.update(settings, 1, 1.0F, 0.0);
  settings.master = Master::fp16;
  narrow.update(settings, 1, 1.0F, 0.0);
  for (std::size_t i = 0; i < wide.w.size(); ++i)
    ASSERT_EQ(narrow.w[i], static_cast<float>(static_cast<_Float16>(wide.w[i]))) << i;
  EXPECT_EQ(narrow.m, wide.m);
  EXPECT_EQ(narrow.v, wide.v);
}

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

TEST(LossScale, SeesAllGradientsWhereverTheyLie) {
  const scaling::LossScale policy = scaling::HistogramLossScale{};
  std::vector<float> gradients(300'000, 0.5F);
  gradients[70'000] = -5000.0F;
  gradients[299'999] = 4095.0F;  // 4094 is the edge
  const scaling::GradientObservation seen = observe_all(policy, gradients);
  EXPECT_EQ(seen.amax, 5000.0F);
  EXPECT_TRUE(seen.finite);
  EXPECT_EQ(seen.elements, 300'000U);
  EXPECT_EQ(seen.upper, 2U);
  gradients[200'000] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(observe_all(policy, gradients).finite);
  EXPECT_TRUE(can_back_off(policy, 1.0));
  EXPECT_FALSE(can_back_off(policy, 0x1p-24));
  EXPECT_FALSE(can_back_off(scaling::ConstantLossScale{}, 1.0));
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
