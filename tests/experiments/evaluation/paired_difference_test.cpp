// Paired comparisons against formulas written out another way.
#include "experiments/evaluation/paired_difference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace octavo::experiments {
namespace {

using Losses = std::vector<float>;
using Hits = std::vector<std::uint8_t>;

/// Sample covariance from raw moments: not the sums that the code under test forms.
template <class A, class B>
double covariance(const A& a, const B& b) {
  double sum_a = 0.0, sum_b = 0.0, sum_ab = 0.0;
  const auto n = static_cast<double>(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum_a += a[i];
    sum_b += b[i];
    sum_ab += static_cast<double>(a[i]) * b[i];
  }
  return (sum_ab - sum_a * sum_b / n) / (n - 1.0);
}

TEST(PairedDifference, OfHandMadeNumbers) {
  // Differences 0.5, -0.5, 1, 0: mean 0.25, squared deviations 0.0625 + 0.5625 + 0.5625 + 0.0625 = 1.25.
  const PairedDifference result = paired_difference(Losses{1.5F, 1.5F, 4.0F, 3.0F}, Hits{1, 0, 1, 0},
                                                    Losses{1.0F, 2.0F, 3.0F, 3.0F}, Hits{1, 1, 1, 1});
  EXPECT_DOUBLE_EQ(result.loss_increase, 0.25);
  EXPECT_DOUBLE_EQ(result.loss_increase_se, std::sqrt(1.25 / 3.0 / 4.0));
  EXPECT_DOUBLE_EQ(result.relative_accuracy, 0.5);
  // Residuals 0.5, -0.5, 0.5, -0.5 over a reference accuracy of 1.
  EXPECT_DOUBLE_EQ(result.relative_accuracy_se, std::sqrt(1.0 / 3.0 / 4.0));
}

TEST(PairedDifference, StandardErrorOfTheRatioIsTheDeltaMethods) {
  std::mt19937 generator(1);
  Losses loss(1000), reference_loss(1000);
  Hits correct(1000), reference_correct(1000);
  for (std::size_t i = 0; i < loss.size(); ++i) {
    reference_loss[i] = static_cast<float>(generator() % 4096) / 256.0F;
    loss[i] = reference_loss[i] + static_cast<float>(generator() % 512) / 256.0F - 0.5F;
    reference_correct[i] = generator() % 3 != 0;
    correct[i] = generator() % 8 == 0 ? !reference_correct[i] : reference_correct[i];
  }
  const PairedDifference result = paired_difference(loss, correct, reference_loss, reference_correct);
  double hits = 0.0, reference_hits = 0.0;
  for (std::size_t i = 0; i < loss.size(); ++i) hits += correct[i], reference_hits += reference_correct[i];
  const double ratio = hits / reference_hits;
  const double variance = covariance(correct, correct) - 2.0 * ratio * covariance(correct, reference_correct) +
                          ratio * ratio * covariance(reference_correct, reference_correct);
  EXPECT_NEAR(result.relative_accuracy, ratio, 1e-14);
  EXPECT_NEAR(result.relative_accuracy_se, std::sqrt(variance / 1000.0) / (reference_hits / 1000.0), 1e-12);
  const double loss_variance =
      covariance(loss, loss) - 2.0 * covariance(loss, reference_loss) + covariance(reference_loss, reference_loss);
  EXPECT_NEAR(result.loss_increase_se, std::sqrt(loss_variance / 1000.0), 1e-10);
}

TEST(PairedDifference, PairingCancelsSharedNoise) {
  Losses noisy(100), shifted(100);
  for (std::size_t i = 0; i < noisy.size(); ++i) {
    noisy[i] = static_cast<float>(i % 7);
    shifted[i] = noisy[i] + 0.125F;
  }
  const Hits correct(100, 1);
  const PairedDifference result = paired_difference(shifted, correct, noisy, correct);
  EXPECT_EQ(result.loss_increase, 0.125);
  EXPECT_EQ(result.loss_increase_se, 0.0);
  EXPECT_EQ(result.relative_accuracy, 1.0);
  EXPECT_EQ(result.relative_accuracy_se, 0.0);
}

TEST(PairedDifference, ReferenceThatIsNeverRightHasNoRatio) {
  const PairedDifference result = paired_difference(Losses{1.0F, 1.0F}, Hits{1, 0}, Losses{1.0F, 1.0F}, Hits{0, 0});
  EXPECT_TRUE(std::isnan(result.relative_accuracy));
}

TEST(PairedDifference, OneTokenHasNoError) {
  const PairedDifference result = paired_difference(Losses{2.0F}, Hits{1}, Losses{1.0F}, Hits{1});
  EXPECT_EQ(result.loss_increase, 1.0);
  EXPECT_TRUE(std::isnan(result.loss_increase_se));
  EXPECT_TRUE(std::isnan(result.relative_accuracy_se));
  EXPECT_EQ(result.tokens, 1);
}

}  // namespace
}  // namespace octavo::experiments
