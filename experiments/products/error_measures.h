// By how much one result differs from another: the numbers that experiments on products report.
#pragma once

#include <cstdint>
#include <span>

namespace octavo::experiments {

struct ErrorMeasures {
  std::int64_t outputs = 0;
  std::int64_t differing = 0;   ///< in any bit
  std::int64_t non_finite = 0;  ///< results that are infinite or NaN
  /// Most binary32 numbers between result and reference, both finite: 1 for neighbours. -0 and 0 are one number here.
  std::int64_t largest_ulps = 0;
  // Over outputs where both are finite; relative ones where the reference is not 0. NaN if there is none.
  double largest_relative = 0;
  double median_relative = 0;  ///< the lower one of two in the middle
  double largest_absolute = 0;
  double normwise_relative = 0;     ///< ||d - r|| / ||r||, Frobenius; NaN if r is 0
  double mean_signed_relative = 0;  ///< (d - r) / r: truncation shows as a bias of its own sign

  bool operator==(const ErrorMeasures&) const = default;
};

/// Spans of equal length. Sums are in binary64 in ascending order: the same bits everywhere.
ErrorMeasures measure_error(std::span<const float> result, std::span<const float> reference);

}  // namespace octavo::experiments
