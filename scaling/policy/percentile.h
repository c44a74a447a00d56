// Percentile calibration: the largest values are given up to saturation.
#pragma once

#include "scaling/policy/policy.h"

namespace octavo::scaling {

/// As current scaling, with the given percentile of the magnitudes in place of the largest: the ceil(percent / 100 *
/// n)th smallest of the n elements that are no NaN, exactly. If that is zero, the amax takes its place; if it is
/// infinite or there is none, the scale is 1.
struct Percentile {
  double percent = 99.9;  ///< in (0, 100]

  static constexpr Needs needs = Needs::rounds;
  constexpr bool operator==(const Percentile&) const = default;

  /// Two rounds: the upper bits of all magnitudes, then the lower bits of those that share the wanted one's upper bits.
  std::optional<Binning> next(const Observation& observed) const;
  Scale scale(const formats::Spec& format, const Observation& observed) const;
};
static_assert(CountingPolicy<Percentile>);

}  // namespace octavo::scaling
