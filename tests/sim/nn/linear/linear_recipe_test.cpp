// The backward pass of a linear layer under a recipe, against its definition element by element.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "formats/decode.h"
#include "formats/encode.h"
#include "sim/gemm/catalog/engines.h"
#include "sim/nn/linear/linear.h"
#include "tests/sim/central_differences.h"

namespace octavo::sim::nn {
namespace {

using scaling::Cast;
using scaling::Role;

constexpr std::int64_t kRows = 9, kInputs = 6, kOutputs = 5;

std::vector<float> floats(std::int64_t count, unsigned seed, double spread) {
  const std::vector<double> values = random_values(count, seed, spread);
  return {values.begin(), values.end()};
}

LinearEngines engines(const scaling::Gemm& gemm) {
  LinearEngines result;
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = gemm::make_engine(gemm, static_cast<scaling::LinearProduct>(i));
  return result;
}

/// Values after the cast, by its definition: encode(x * 2^b), decoded and divided by 2^b.
std::vector<double> after_cast(const std::vector<float>& x, const std::optional<Cast>& rule) {
  std::vector<double> result(x.begin(), x.end());
  if (!rule) return result;
  double amax = 0.0;
  for (const double value : result) amax = std::max(amax, std::fabs(value));
  const double limit = formats::decode(rule->format, rule->format.max_code());
  const int margin = std::get<scaling::Amax>(rule->scaling).margin;
  const double scale = std::exp2(std::floor(std::log2(limit / amax)) - margin);
  for (double& value : result)
    value = formats::decode(rule->format, formats::encode(rule->format, formats::Rounding::nearest_even,
                                                          formats::Overflow::saturate, value * scale)) /
            scale;
  return result;
}

struct Layer {
  std::vector<float> w = floats(kOutputs * kInputs, 1, 0.3), b = floats(kOutputs, 2, 1.0);
  std::vector<float> x = floats(kRows * kInputs, 3, 40.0), dy = floats(kRows * kOutputs, 4, 1e-3);
  std::vector<float> y = std::vector<float>(kRows * kOutputs), dx = std::vector<float>(kRows * kInputs);
  std::vector<float> dw = std::vector<float>(kOutputs * kInputs, 0.5F), db = std::vector<float>(kOutputs, 0.25F);

  void run(const scaling::LinearRule& rule, scaling::Baseline baseline = scaling::Baseline::fp32, bool add = false,
           CastObserver* observer = nullptr) {
    Linear<float> linear(3, w, b, kOutputs, kInputs);
    linear.apply(rule, baseline, engines(rule.gemm));
    LinearInput<float> input(x.data(), kRows, kInputs);
    KeptInput<float> kept;
    linear.forward(input, y.data(), {observer}, &kept);
    EXPECT_EQ(kept.cast != nullptr, rule[Role::activation].has_value());
    linear.backward(kept, dy.data(), dx.data(), add, {dw.data(), db.data()}, {observer});
  }

  void expect(const scaling::LinearRule& rule, double start_dx = 0.0) const {
    const std::vector<double> w8 = after_cast(w, rule[Role::weight]), x8 = after_cast(x, rule[Role::activation]);
    const std::vector<double> g8 = after_cast(dy, rule[Role::gradient]);
    const auto at = [](const auto& m, std::int64_t row, std::int64_t column, std::int64_t width) {
      return static_cast<double>(m[static_cast<std::size_t>(row * width + column)]);
    };
    for (std::int64_t t = 0; t < kRows; ++t)
      for (std::int64_t k = 0; k < kInputs; ++k) {
        double sum = 0.0;
        for (std::int64_t n = 0; n < kOutputs; ++n) sum += at(g8, t, n, kOutputs) * at(w8, n, k, kInputs);
        EXPECT_NEAR(at(dx, t, k, kInputs), start_dx + sum, 1e-6 * (std::fabs(start_dx) + 1e-3));
      }
    for (std::int64_t n = 0; n < kOutputs; ++n) {
      double bias = 0.25;
      for (std::int64_t t = 0; t < kRows; ++t) bias += at(dy, t, n, kOutputs);  // not cast
      EXPECT_NEAR(static_cast<double>(db[static_cast<std::size_t>(n)]), bias, 1e-6);
      for (std::int64_t k = 0; k < kInputs; ++k) {
        double sum = 0.5;
        for (std::int64_t t = 0; t < kRows; ++t) sum += at(g8, t, n, kOutputs) * at(x8, t, k, kInputs);
        EXPECT_NEAR(at(dw, n, k, kInputs), sum, 1e-6);
      }
    }
  }
};

TEST(LinearUnderARecipe, MultipliesCastsOfAllThreeRoles) {
  // Every subset of roles may be cast; an engine of codes then takes the products that have codes on both sides.
  for (int roles = 0; roles < 8; ++roles)
    for (const char* engine : {"fp32", "hopper-mma"}) {
      scaling::LinearRule rule = scaling::default_recipe().rule;
      for (std::size_t role = 0; role < 3; ++role)
        if ((roles >> role & 1) == 0) rule.casts[role].reset();
      rule.gemm.engine = engine;
      Layer layer;
      layer.run(rule);
      if (std::string(engine) == "fp32") layer.expect(rule);
      for (const float value : layer.dx) EXPECT_TRUE(std::isfinite(value));
    }
}

TEST(LinearUnderARecipe, AddsToWhatIsThere) {
  const scaling::LinearRule rule = scaling::default_recipe().rule;
  Layer layer;
  std::fill(layer.dx.begin(), layer.dx.end(), 2.0F);
  layer.run(rule, scaling::Baseline::fp32, true);
  layer.expect(rule, 2.0);
}

TEST(LinearUnderARecipe, RoundsEveryProductToTheBaseline) {
  Layer layer;
  std::fill(layer.dw.begin(), layer.dw.end(), 0.0F);
  std::fill(layer.db.begin(), layer.db.end(), 0.0F);
  layer.run(scaling::LinearRule{}, scaling::Baseline::fp16);
  for (const auto* values : {&layer.y, &layer.dx, &layer.dw, &layer.db})
    for (const float value : *values) EXPECT_EQ(value, static_cast<float>(static_cast<_Float16>(value)));
}

/// Notes what it is shown.
struct Notes : CastObserver {
  std::vector<std::pair<Role, int>> casts;
  std::vector<LinearTensor> tensors;
  bool wants(int linear, Role) const override { return linear == 3; }
  void observe(int, Role role, const CastOutcome& outcome) override {
    casts.emplace_back(role, outcome.scale.bias());
    EXPECT_EQ(outcome.statistics.count,
              static_cast<std::uint64_t>(kRows * (role == Role::gradient ? kOutputs : kInputs)));
  }
  void inspect(int, LinearTensor which, std::span<const float>) override { tensors.push_back(which); }
};

TEST(LinearUnderARecipe, ShowsItsGradientWithTheMarginOfItsRole) {
  Notes with, without;
  scaling::LinearRule rule = scaling::default_recipe().rule;
  Layer().run(rule, scaling::Baseline::fp32, false, &with);
  std::get<scaling::Amax>(rule.casts[2]->scaling).margin = 0;
  Layer().run(rule, scaling::Baseline::fp32, false, &without);
  ASSERT_EQ(with.casts.size(), 2U);
  EXPECT_EQ(with.casts[0].first, Role::activation);
  EXPECT_EQ(with.casts[1].first, Role::gradient);
  EXPECT_EQ(with.casts[1].second, without.casts[1].second - 3);
  EXPECT_EQ(with.tensors,
            (std::vector{LinearTensor::x, LinearTensor::y, LinearTensor::dy, LinearTensor::dx, LinearTensor::dw}));
}

}  // namespace
}  // namespace octavo::sim::nn
