// The row kernels: their errors against binary64, the same bits on every instruction set, and values that are no
// number.
#include "sim/nn/elementwise/elementwise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "tests/sim/every_setting.h"
#include "tests/sim/random_normal.h"

namespace octavo::sim::nn {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

float from_bits(std::uint32_t bits) { return std::bit_cast<float>(bits); }
std::int64_t size(const std::vector<float>& x) { return static_cast<std::int64_t>(x.size()); }

/// Every `stride`-th float from 0 to `largest`, with both signs.
std::vector<float> sampled(float largest, std::uint32_t stride) {
  std::vector<float> values;
  for (std::uint32_t bits = 0; bits <= std::bit_cast<std::uint32_t>(largest); bits += stride) {
    values.push_back(from_bits(bits));
    values.push_back(-from_bits(bits));
  }
  return values;
}

TEST(Elementwise, ExpIsWithinTwoE7WhereNormal) {
  std::vector<float> x = sampled(88.72F, 1999);
  std::vector<float> y = x;
  exp(y.data(), size(y));
  double worst = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double exact = std::exp(static_cast<double>(x[i]));
    const double error = std::fabs(static_cast<double>(y[i]) - exact);
    if (exact >= 0x1p-126)
      worst = std::max(worst, error / exact);
    else
      ASSERT_LE(error, 2e-7 * exact + 0.5 * 0x1p-149) << x[i];
  }
  EXPECT_LT(worst, 2e-7);
}

TEST(Elementwise, ExpAtItsEnds) {
  std::vector<float> x{0.0F, -0.0F, kInfinity, -kInfinity, 100.0F, -200.0F, std::numeric_limits<float>::max(), kNan};
  exp(x.data(), size(x));
  EXPECT_THAT(x, testing::ElementsAre(1.0F, 1.0F, kInfinity, 0.0F, kInfinity, 0.0F, kInfinity, testing::IsNan()));
}

TEST(Elementwise, SiluAndGeluAgreeWithBinary64) {
  const std::vector<float> x = sampled(200.0F, 9973);
  std::vector<float> silu = x;
  std::vector<float> gelu = x;
  const std::vector<float> up(x.size(), 3.0F);
  silu_gate(silu.data(), up.data(), size(x));
  gelu_tanh(gelu.data(), size(x));
  for (std::size_t i = 0; i < x.size(); ++i) {
    double expected_silu = x[i];
    double expected_gelu = x[i];
    const double three = 3.0;
    const double vanished = std::fabs(x[i]) * 0x1p-126 + 0x1p-147;  // e^-u overflows: 0; subnormal results
    silu_gate(&expected_silu, &three, 1);
    gelu_tanh(&expected_gelu, 1);
    ASSERT_NEAR(silu[i], expected_silu, 5e-7 * std::fabs(expected_silu) + vanished) << x[i];
    // sigmoid's argument u has a few roundings, each of which moves e^u by |u| times as much.
    const double u = 1.6 * (1.0 + 0.045 * static_cast<double>(x[i]) * static_cast<double>(x[i])) * std::fabs(x[i]);
    ASSERT_NEAR(gelu[i], expected_gelu, 5e-7 * (1.0 + u) * std::fabs(expected_gelu) + vanished) << x[i];
  }
}

TEST(Elementwise, GeluOfBothFormulasAtKnownPoints) {
  // x Phi(x): 1 and -2; the tanh formula's own values there.
  std::vector<double> by_erf{1.0, -2.0, 0.0};
  gelu_erf(by_erf.data(), 3);
  EXPECT_NEAR(by_erf[0], 0.84134474606854295, 1e-15);
  EXPECT_NEAR(by_erf[1], -0.045500263896358414, 1e-15);
  EXPECT_EQ(by_erf[2], 0.0);
  for (const double x : {1.0, -2.0, 0.3}) {
    double by_tanh = x;
    gelu_tanh(&by_tanh, 1);
    const double u = std::sqrt(2.0 / std::acos(-1.0)) * (x + 0.044715 * x * x * x);
    EXPECT_NEAR(by_tanh, 0.5 * x * (1.0 + std::tanh(u)), 1e-15);
  }
}

TEST(Elementwise, SoftmaxAgreesWithBinary64) {
  for (const std::size_t n : {1, 2, 15, 16, 17, 100, 511, 4096}) {
    std::vector<float> x = random_normal(n, 2, 10.0F);
    const std::vector<double> exact(x.begin(), x.end());
    std::vector<double> expected = exact;
    softmax(x.data(), size(x));
    softmax(expected.data(), size(x));
    const double top = largest(exact.data(), size(x));
    for (std::size_t i = 0; i < n; ++i) {
      const double rounding_of_argument = 0x1p-24 * (top - exact[i]);
      ASSERT_NEAR(x[i], expected[i], (5e-7 + rounding_of_argument) * expected[i] + 0x1p-126) << n << " " << i;
    }
  }
}

TEST(Elementwise, SoftmaxOfExtremes) {
  std::vector<float> far{-kInfinity, 3e38F, -3e38F, 3e38F};
  softmax(far.data(), 4);
  EXPECT_THAT(far, testing::ElementsAre(0.0F, 0.5F, 0.0F, 0.5F));
  for (const float bad : {kNan, kInfinity}) {
    std::vector<float> x{1.0F, bad, 0.0F};
    softmax(x.data(), 3);
    EXPECT_THAT(x, testing::Each(testing::IsNan()));
  }
}

TEST(Elementwise, SumsAreTakenInBinary64) {
  for (const std::size_t n : {0, 1, 16, 17, 31, 1000, 5000}) {
    std::vector<float> x = random_normal(n, 3, 1e3F);
    long double total = 0.0L, squares = 0.0L, magnitudes = 0.0L;
    for (const float value : x) {
      total += value;
      magnitudes += std::fabs(value);
      squares += (value - 0.25L) * (value - 0.25L);
    }
    EXPECT_NEAR(sum(x.data(), size(x)), static_cast<double>(total), 1e-15 * static_cast<double>(magnitudes));
    EXPECT_NEAR(sum_squares(x.data(), 0.25, size(x)), static_cast<double>(squares),
                1e-14 * static_cast<double>(squares));
  }
  const std::vector<float> x = random_normal(777, 4);
  long double exponentials = 0.0L;
  for (const float value : x) exponentials += std::exp(static_cast<long double>(value - 2.0F));
  EXPECT_NEAR(sum_exp(x.data(), 2.0F, size(x)), static_cast<double>(exponentials),
              2e-7 * static_cast<double>(exponentials));
}

TEST(Elementwise, LargestPassesOverNan) {
  EXPECT_EQ(largest(static_cast<const float*>(nullptr), 0), -kInfinity);
  for (const std::size_t n : {1, 15, 16, 33, 200}) {
    std::vector<float> x = random_normal(n, 5);
    for (const std::size_t at : {std::size_t{0}, n / 2, n - 1}) {
      std::vector<float> y = x;
      y[at] = 9.0F;
      EXPECT_EQ(largest(y.data(), size(y)), 9.0F);
    }
    std::vector<float> all_nan(n, kNan);
    EXPECT_EQ(largest(all_nan.data(), size(all_nan)), -kInfinity);
    all_nan[n / 2] = -7.0F;
    EXPECT_EQ(largest(all_nan.data(), size(all_nan)), -7.0F);
  }
}

/// Every kernel on a row, its results in one vector; sums of binary64 as two floats.
std::vector<float> all_kernels(const std::vector<float>& x) {
  std::vector<float> results;
  const auto keep = [&](const std::vector<float>& values) {
    results.insert(results.end(), values.begin(), values.end());
  };
  const auto keep_double = [&](double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    keep({from_bits(static_cast<std::uint32_t>(bits)), from_bits(static_cast<std::uint32_t>(bits >> 32))});
  };
  std::vector<float> y = x;
  exp(y.data(), size(y));
  keep(y);
  y = x;
  softmax(y.data(), size(y));
  keep(y);
  y = x;
  gelu_tanh(y.data(), size(y));
  keep(y);
  const std::vector<float> up = random_normal(x.size(), 6);
  y = x;
  silu_gate(y.data(), up.data(), size(y));
  keep(y);
  keep_double(sum(x.data(), size(x)));
  keep_double(sum_squares(x.data(), 0.3, size(x)));
  keep_double(sum_exp(x.data(), largest(x.data(), size(x)), size(x)));
  keep({largest(x.data(), size(x))});
  return results;
}

TEST(Elementwise, SameBitsOnEveryInstructionSet) {
  for (std::size_t n = 1; n <= 70; ++n)
    expect_same_bits_in_every_setting([&] { return all_kernels(random_normal(n, static_cast<unsigned>(n), 4.0F)); });
  expect_same_bits_in_every_setting([&] { return all_kernels(random_normal(3001, 7, 40.0F)); });
}

TEST(Elementwise, SameBitsOnEveryInstructionSetOverTheRange) {
  const std::vector<float> x = sampled(std::numeric_limits<float>::max(), 99991);
  expect_same_bits_in_every_setting([&] {
    std::vector<float> y = x;
    exp(y.data(), size(y));
    return y;
  });
}

}  // namespace
}  // namespace octavo::sim::nn
