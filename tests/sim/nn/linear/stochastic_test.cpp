// Stochastic rounding that a recipe asks for: unbiased, and a function of the draw alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "machine/threads.h"
#include "scaling/recipe/recipe.h"
#include "sim/gemm/catalog/engines.h"
#include "sim/nn/linear/linear.h"
#include "tests/sim/random_normal.h"

namespace octavo::sim::nn {
namespace {

constexpr const char* kRecipe = R"(seed = 5
[cast]
weight     = { format = "e4m3", scaling = { cscale = { bias = 0 } } }
activation = { format = "e2m1", scaling = "mx", rounding = "stochastic" }
gradient   = { format = "e5m2", scaling = "amax", rounding = "toward-zero" })";

/// A layer whose weight is the identity, which E4M3 holds: what it gives are the values of its input's codes.
class Identity {
 public:
  explicit Identity(std::int64_t size) : size_(size), weight_(static_cast<std::size_t>(size * size)) {
    for (std::int64_t i = 0; i < size; ++i) weight_[static_cast<std::size_t>(i * size + i)] = 1.0F;
    linear_.emplace(0, weight_, std::span<const float>{}, size, size);
    LinearEngines engines;
    for (auto& engine : engines) engine = gemm::make_engine({});
    linear_->apply(scaling::parse_recipe(kRecipe, "test").resolve("decoder.0.mlp.up"), scaling::Baseline::fp32,
                   engines);
  }
  std::vector<float> operator()(const std::vector<float>& x, std::uint64_t draw) const {
    std::vector<float> y(x.size());
    LinearInput<float> input(x.data(), static_cast<std::int64_t>(x.size()) / size_, size_);
    linear_->forward(input, y.data(), {.draw = draw});
    return y;
  }

 private:
  std::int64_t size_;
  std::vector<float> weight_;
  std::optional<Linear<float>> linear_;
};

// The mean over 2,000 draws of 96 values, against the sum of their variances f (1 - f) step^2: a fair rounding leaves
// +-5 standard deviations once in 1.7 million runs; rounding to nearest would stand hundreds away on single elements.
TEST(Stochastic, IsUnbiasedThroughARecipe) {
  constexpr std::uint64_t kDraws = 2000;
  const Identity layer(96);
  const std::vector<float> x = random_normal(96, 7);
  std::vector<double> sum(x.size());
  std::vector<double> low(x.size(), 1e30), high(x.size(), -1e30);
  for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
    const std::vector<float> y = layer(x, draw);
    for (std::size_t i = 0; i < x.size(); ++i) {
      sum[i] += static_cast<double>(y[i]);
      low[i] = std::min(low[i], static_cast<double>(y[i]));
      high[i] = std::max(high[i], static_cast<double>(y[i]));
    }
  }
  double error = 0.0, variance = 0.0;
  int between = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto value = static_cast<double>(x[i]);
    const double step = high[i] - low[i];
    if (step == 0.0) continue;  // a value of the format, or beyond its largest
    ++between;
    const double up = (value - low[i]) / step;
    ASSERT_TRUE(up > 0.0 && up < 1.0) << value << " between " << low[i] << " and " << high[i];
    const double of_element = up * (1.0 - up) * step * step / static_cast<double>(kDraws);
    EXPECT_LE(std::fabs(sum[i] / static_cast<double>(kDraws) - value), 6.0 * std::sqrt(of_element)) << value;
    error += sum[i] / static_cast<double>(kDraws) - value;
    variance += of_element;
  }
  EXPECT_GT(between, 80);
  EXPECT_LE(std::fabs(error), 5.0 * std::sqrt(variance));
}

TEST(Stochastic, DoesNotDependOnThreads) {
  const Identity layer(96);
  const std::vector<float> x = random_normal(96 * 2000, 7);
  const int threads = machine::threads();
  machine::use_threads(1);
  const std::vector<float> one = layer(x, 3);
  machine::use_threads(5);
  EXPECT_EQ(layer(x, 3), one);
  machine::use_threads(threads);
}

}  // namespace
}  // namespace octavo::sim::nn
