// Errors of a result against a reference.
#include "experiments/products/error_measures.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

namespace octavo::experiments {

namespace {

/// The place of a finite number among all of binary32.
std::int64_t place(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const auto magnitude = static_cast<std::int64_t>(bits & 0x7FFFFFFFU);
  return (bits >> 31) != 0 ? -magnitude : magnitude;
}

}  // namespace

ErrorMeasures measure_error(std::span<const float> result, std::span<const float> reference) {
  assert(result.size() == reference.size());
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  ErrorMeasures measures;
  measures.outputs = static_cast<std::int64_t>(result.size());
  std::vector<double> relative;
  double squared_error = 0;
  double squared_reference = 0;
  double signed_sum = 0;
  bool any = false;
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (std::bit_cast<std::uint32_t>(result[i]) != std::bit_cast<std::uint32_t>(reference[i])) ++measures.differing;
    if (!std::isfinite(result[i])) ++measures.non_finite;
    if (!std::isfinite(result[i]) || !std::isfinite(reference[i])) continue;
    any = true;
    measures.largest_ulps = std::max(measures.largest_ulps, std::abs(place(result[i]) - place(reference[i])));
    const double r = reference[i];
    const double error = static_cast<double>(result[i]) - r;
    measures.largest_absolute = std::max(measures.largest_absolute, std::fabs(error));
    squared_error += error * error;
    squared_reference += r * r;
    if (r == 0) continue;
    relative.push_back(std::fabs(error / r));
    signed_sum += error / r;
  }
  if (!any) measures.largest_absolute = kNan;
  measures.normwise_relative = squared_reference > 0 ? std::sqrt(squared_error / squared_reference) : kNan;
  if (relative.empty()) {
    measures.largest_relative = measures.median_relative = measures.mean_signed_relative = kNan;
    return measures;
  }
  measures.mean_signed_relative = signed_sum / static_cast<double>(relative.size());
  const auto middle = relative.begin() + static_cast<std::ptrdiff_t>((relative.size() - 1) / 2);
  std::nth_element(relative.begin(), middle, relative.end());
  measures.median_relative = *middle;
  measures.largest_relative = *std::max_element(relative.begin(), relative.end());
  return measures;
}

}  // namespace octavo::experiments
