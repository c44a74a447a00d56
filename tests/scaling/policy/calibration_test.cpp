// Policies that look at all values: least squared error, percentiles, entropy, unit variance.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "scaling/cast.h"
#include "scaling/policy/unit.h"

namespace octavo::scaling {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<float> gaussian(std::size_t count, unsigned seed = 1) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> x(count);
  for (float& value : x) value = normal(generator);
  return x;
}

double error_under(const formats::Spec& format, const Policy& policy, const std::vector<float>& x) {
  return cast(x, 1, {format, policy}, true).outcome->statistics.error_energy;
}

Scale scale_of(const Policy& policy, const formats::Spec& format, const std::vector<float>& x) {
  return cast(x, 1, {format, policy}, false).scale();
}

TEST(LeastError, FindsTheBiasThatTrialOfAllBiasesFinds) {
  for (const formats::Spec& format : {formats::e4m3, formats::e5m2, formats::int8, formats::e2m1, formats::e3m4}) {
    std::vector<float> x = gaussian(20000);
    x[7] = 90.0F;  // for few bits it pays to give this one up
    const int chosen = scale_of(LeastError{}, format, x).bias();
    double least = std::numeric_limits<double>::infinity();
    for (int bias = -12; bias <= 24; ++bias) least = std::min(least, error_under(format, Cscale{bias}, x));
    // The histogram knows values by binade alone: within 15 % of the best that any power of two reaches.
    EXPECT_LE(error_under(format, Cscale{chosen}, x), 1.15 * least) << format.exponent_bits << format.mantissa_bits;
    EXPECT_LE(error_under(format, LeastError{}, x), error_under(format, Amax{}, x));
  }
  EXPECT_GT(scale_of(LeastError{}, formats::e2m1, gaussian(20000)).bias(),
            scale_of(Amax{}, formats::e2m1, gaussian(20000)).bias());
}

TEST(LeastError, KnowsWhatALoneLargestValueLoses) {
  std::vector<float> x = gaussian(20000);
  for (const formats::Spec& format : {formats::e3m4, formats::e2m3, formats::e4m3})
    for (float largest = 16.0F; largest <= 128.0F; largest *= 1.1F) {
      x[7] = largest;
      double least = std::numeric_limits<double>::infinity();
      for (int bias = -12; bias <= 24; ++bias) least = std::min(least, error_under(format, Cscale{bias}, x));
      EXPECT_LE(error_under(format, LeastError{}, x), 1.05 * least)
          << largest << " in " << format.exponent_bits << format.mantissa_bits;
    }
}

TEST(LeastError, ExpectsTheErrorOfEvenlySpreadValues) {
  // One binade, [1, 2), of a million evenly spread values: rounding, then saturation, then underflow.
  std::vector<float> x(1 << 20);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 1.0F + static_cast<float>(i) * 0x1p-20F;
  std::array<std::uint64_t, 256> counts{};
  formats::exponent_histogram(x, counts);
  for (const int bias : {0, 5, 8, 9, -6, -9, -10, -12}) {
    const double expected = expected_error(formats::e4m3, bias, counts, 2.0);
    EXPECT_NEAR(error_under(formats::e4m3, Cscale{bias}, x) / expected, 1.0, 0.01) << bias;
  }
}

TEST(Percentile, IsAnExactOrderStatistic) {
  std::vector<float> x(1000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = (i % 2 == 0 ? 1.0F : -1.0F) * static_cast<float>(i + 1);
  std::shuffle(x.begin(), x.end(), std::mt19937(3));
  EXPECT_EQ(scale_of(Percentile{99.9}, formats::e4m3, x).factor, 448.0F / 999.0F);
  EXPECT_EQ(scale_of(Percentile{50.0}, formats::e4m3, x).factor, 448.0F / 500.0F);
  EXPECT_EQ(scale_of(Percentile{100.0}, formats::e4m3, x).factor, 448.0F / 1000.0F);
  EXPECT_EQ(scale_of(Percentile{0.01}, formats::e4m3, x).factor, 448.0F);
  const std::vector<float> random = gaussian(4097);
  std::vector<float> sorted = random;
  std::sort(sorted.begin(), sorted.end(), [](float a, float b) { return std::fabs(a) < std::fabs(b); });
  for (const std::size_t rank : {2, 77, 2048, 4097})
    EXPECT_EQ(scale_of(Percentile{(static_cast<double>(rank) - 0.5) / 40.97}, formats::e4m3, random).factor,
              448.0F / std::fabs(sorted[rank - 1]));
}

TEST(Percentile, DefinesTheEdges) {
  EXPECT_EQ(scale_of(Percentile{50.0}, formats::e4m3, {0.0F, 0.0F, 0.0F, 7.0F}).factor, 64.0F);  // its amax instead
  EXPECT_EQ(scale_of(Percentile{50.0}, formats::e4m3, {1.0F, 1.0F, kInfinity}).factor, 448.0F);
  EXPECT_EQ(scale_of(Percentile{100.0}, formats::e4m3, {1.0F, kInfinity}), Scale{});
  EXPECT_EQ(scale_of(Percentile{100.0}, formats::e4m3, {1.0F, kNan}).factor, 448.0F);
  EXPECT_EQ(scale_of(Percentile{}, formats::e4m3, {}), Scale{});
  EXPECT_EQ(scale_of(Percentile{}, formats::e4m3, {kNan, kNan}), Scale{});
}

TEST(Entropy, ClipsForFewCodesAndKeepsAllOfAnEvenDistribution) {
  std::vector<float> x = gaussian(100000);
  x[5] = 40.0F;
  const float clipped = scale_of(Entropy{}, formats::int8, x).factor;
  EXPECT_GT(clipped, 127.0F / 40.0F);
  EXPECT_LT(error_under(formats::int8, Entropy{}, x) - 40.0 * 40.0, error_under(formats::int8, Current{}, x));
  std::vector<float> even(1 << 16);
  for (std::size_t i = 0; i < even.size(); ++i) even[i] = (static_cast<float>(i) + 0.5F) * 0x1p-16F;
  EXPECT_NEAR(scale_of(Entropy{}, formats::int8, even).factor, 127.0F, 0.01F);
  EXPECT_EQ(scale_of(Entropy{}, formats::int8, {0.0F, kNan}).factor, 1.0F);
  EXPECT_EQ(scale_of(Entropy{}, formats::int8, {kInfinity}), Scale{});
  EXPECT_EQ(scale_of(Entropy{}, formats::int8, {5.0F}).factor, 127.0F / 5.0F);
}

TEST(Unit, BringsTheRootMeanSquareToOne) {
  std::vector<float> x = gaussian(100000);
  for (float& value : x) value *= 0.02F;
  EXPECT_NEAR(scale_of(Unit{}, formats::e4m3, x).factor, 50.0F, 0.5F);
  EXPECT_EQ(scale_of(Unit{}, formats::e4m3, {3.0F, -3.0F}).factor, static_cast<float>(1.0 / 3.0));
  EXPECT_EQ(scale_of(Unit{}, formats::e4m3, {0.0F}), Scale{});
  EXPECT_EQ(scale_of(Unit{}, formats::e4m3, {1.0F, kNan}), Scale{});
}

}  // namespace
}  // namespace octavo::scaling
