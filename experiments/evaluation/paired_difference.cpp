// Paired means and standard errors.
#include "experiments/evaluation/paired_difference.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace octavo::experiments {
namespace {

// Standard error of the mean of n values with this sum and sum of squares of deviations from it.
double standard_error(double squared_deviations, double n) {
  return n > 1.0 ? std::sqrt(squared_deviations / (n - 1.0) / n) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

PairedDifference paired_difference(std::span<const float> loss, std::span<const std::uint8_t> correct,
                                   std::span<const float> reference_loss,
                                   std::span<const std::uint8_t> reference_correct) {
  assert(loss.size() == correct.size() && loss.size() == reference_loss.size() &&
         loss.size() == reference_correct.size());
  const auto n = static_cast<double>(loss.size());
  double hits = 0.0;
  double reference_hits = 0.0;
  double increase = 0.0;
  for (std::size_t i = 0; i < loss.size(); ++i) {
    hits += correct[i];
    reference_hits += reference_correct[i];
    increase += static_cast<double>(loss[i]) - static_cast<double>(reference_loss[i]);
  }
  PairedDifference result;
  result.tokens = static_cast<std::int64_t>(loss.size());
  result.finite = std::ranges::all_of(loss, [](float value) { return std::isfinite(value); });
  result.loss_increase = increase / n;
  result.relative_accuracy = reference_hits > 0.0 ? hits / reference_hits : std::numeric_limits<double>::quiet_NaN();
  double loss_deviations = 0.0;
  double ratio_deviations = 0.0;
  for (std::size_t i = 0; i < loss.size(); ++i) {
    const double difference =
        static_cast<double>(loss[i]) - static_cast<double>(reference_loss[i]) - result.loss_increase;
    loss_deviations += difference * difference;
    const double residual = correct[i] - result.relative_accuracy * reference_correct[i];  // of mean 0
    ratio_deviations += residual * residual;
  }
  result.loss_increase_se = standard_error(loss_deviations, n);
  result.relative_accuracy_se = standard_error(ratio_deviations, n) / (reference_hits / n);
  return result;
}

}  // namespace octavo::experiments
