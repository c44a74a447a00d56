// LayerNorm and RMSNorm against their formulas, in place, and with the same bits in every setting.
#include "sim/nn/norm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/sim/every_setting.h"
#include "tests/sim/random_normal.h"

namespace octavo::sim::nn {
namespace {

constexpr std::int64_t kRows = 5;

/// The formulas, two passes in long double.
std::vector<double> expected_rows(const Norm<float>& norm, const std::vector<float>& x) {
  const std::size_t width = norm.gain.size();
  std::vector<double> y(x.size());
  for (std::size_t start = 0; start < x.size(); start += width) {
    long double mean = 0.0L;
    for (std::size_t c = 0; c < width && !norm.bias.empty(); ++c)
      mean += x[start + c] / static_cast<long double>(width);
    long double variance = 0.0L;
    for (std::size_t c = 0; c < width; ++c)
      variance += (x[start + c] - mean) * (x[start + c] - mean) / static_cast<long double>(width);
    for (std::size_t c = 0; c < width; ++c)
      y[start + c] = static_cast<double>((x[start + c] - mean) / std::sqrt(variance + norm.epsilon) * norm.gain[c] +
                                         (norm.bias.empty() ? 0.0F : norm.bias[c]));
  }
  return y;
}

class NormOfWidth : public testing::TestWithParam<std::size_t> {
 protected:
  std::size_t width_ = GetParam();
  std::vector<float> x_ = random_normal(kRows * width_, 1, 3.0F);
  Norm<float> rms_{random_normal(width_, 2), {}, 1e-5};
  Norm<float> layer_{random_normal(width_, 2), random_normal(width_, 3), 1e-5};
};

TEST_P(NormOfWidth, FollowsTheFormula) {
  for (float& value : x_) value += 10.0F;  // a mean that one-pass variance would lose
  for (const Norm<float>& norm : {rms_, layer_}) {
    std::vector<float> y(x_.size());
    norm_forward(norm, x_.data(), kRows, y.data());
    const std::vector<double> expected = expected_rows(norm, x_);
    for (std::size_t i = 0; i < y.size(); ++i)
      ASSERT_NEAR(y[i], expected[i], 5e-6 * (1.0 + std::fabs(expected[i]))) << i;
  }
}

TEST_P(NormOfWidth, WorksInPlaceAndRowByRow) {
  for (const Norm<float>& norm : {rms_, layer_}) {
    std::vector<float> apart(x_.size());
    norm_forward(norm, x_.data(), kRows, apart.data());
    std::vector<float> in_place = x_;
    norm_forward(norm, in_place.data(), kRows, in_place.data());
    EXPECT_EQ(in_place, apart);
    std::vector<float> last(width_);
    norm_forward(norm, x_.data() + (kRows - 1) * static_cast<std::int64_t>(width_), 1, last.data());
    EXPECT_EQ(last, std::vector<float>(apart.end() - static_cast<std::int64_t>(width_), apart.end()));
  }
}

INSTANTIATE_TEST_SUITE_P(Widths, NormOfWidth, testing::Values(1, 3, 16, 17, 64, 576));

TEST(Norm, SameBitsInEverySetting) {
  constexpr std::size_t kWidth = 333;
  constexpr std::int64_t kManyRows = 200;  // enough to be worth several threads
  const Norm<float> rms{random_normal(kWidth, 2), {}, 1e-5};
  const Norm<float> layer{random_normal(kWidth, 2), random_normal(kWidth, 3), 1e-5};
  const std::vector<float> x = random_normal(kManyRows * kWidth, 1);
  for (const Norm<float>& norm : {rms, layer})
    expect_same_bits_in_every_setting([&] {
      std::vector<float> y(x.size());
      norm_forward(norm, x.data(), kManyRows, y.data());
      return y;
    });
}

}  // namespace
}  // namespace octavo::sim::nn
