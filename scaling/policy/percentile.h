// Percentile calibration: the largest values are given up to saturation.
#pragma once

#include "scaling/policy/policy.h"

namespace octavo::scaling {

/// As current scaling, with the given percentile of the magnitudes in place of the largest: the ceil(percent / 100 *
/// n)th smallest of the n elements that are no NaN, exactly. If that is zero, the amax takes its place; if it is
/// infinite or there is none, the scale is 1.
struct Percentile {
  double percent = 99.9;  ///< in (0, 100]

  static constexpr Needs needs = Needs::values;
  constexpr bool operator==(const Percentile&) const = default;

  Scale scale(const formats::Spec& format, const Observation& observed) const;
};
static_assert(ScalingPolicy<Percentile>);

/// The rank-th smallest |x| (rank from 1) among the elements that are no NaN, of which there are at least that many.
float ranked_magnitude(std::span<const float> x, std::uint64_t rank);

}  // namespace octavo::scaling
