// FP8-AMAX (arXiv 2309.17224, section 2.3): the largest power of two that keeps the tensor's largest magnitude finite.
#pragma once

#include "scaling/policy/policy.h"

namespace octavo::scaling {

/// bias = floor(log2(max / amax)) - margin, clamped to +-127. The paper's figure 1 has margin 3 everywhere, its text
/// none, its released code 3 for gradients only: so margin belongs to the role, in the recipe. The source leaves open
/// what an all-zero tensor and one with infinities or NaN get; here the bias is 0.
struct Amax {
  int margin = 0;

  static constexpr Needs needs = Needs::amax;
  constexpr bool operator==(const Amax&) const = default;

  int bias(const formats::Spec& format, const Observation& observed) const {
    if (!observed.usable()) return 0;
    return clamp_bias(floor_log2_ratio(max_of(format), static_cast<double>(observed.amax.value)) - margin);
  }
  Scale scale(const formats::Spec& format, const Observation& observed) const {
    return Scale::of_bias(bias(format, observed));
  }
};
static_assert(ScalingPolicy<Amax>);

}  // namespace octavo::scaling
