// AdamW against its formula, each operation rounded.
#include "sim/train/step/adamw.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/sim/central_differences.h"

namespace octavo::sim::train {
namespace {

struct Adam {
  std::vector<float> w, g, m, v;
  explicit Adam(std::size_t n) : m(n), v(n) {
    for (const double x : random_values(static_cast<std::int64_t>(n), 1)) w.push_back(static_cast<float>(x));
    for (const double x : random_values(static_cast<std::int64_t>(n), 2)) g.push_back(static_cast<float>(x));
  }
  void update(const AdamW& rule, double decay) { adamw({w, g, m, v}, rule, decay); }
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
    AdamW rule{.rate = 0.01, .beta1 = beta1, .beta2 = 0.95, .factor = 0.3F};
    Adam adam(1000);
    std::vector<float> w = adam.w;
    std::vector<float> m(w.size());
    std::vector<float> v(w.size());
    for (int n = 1; n <= 20; ++n) {
      rule.number = n;
      adam.update(rule, 0.1);
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
  AdamW rule{.rate = 1e-3};
  Adam wide(1000);
  Adam narrow(1000);
  wide.update(rule, 0.0);
  rule.master = scaling::Baseline::fp16;
  narrow.update(rule, 0.0);
  for (std::size_t i = 0; i < wide.w.size(); ++i)
    ASSERT_EQ(narrow.w[i], static_cast<float>(static_cast<_Float16>(wide.w[i]))) << i;
  EXPECT_EQ(narrow.m, wide.m);
  EXPECT_EQ(narrow.v, wide.v);
}

}  // namespace
}  // namespace octavo::sim::train
