// Current scaling as Transformer Engine and torchao do it: the tensor's own largest magnitude goes to the format's.
#pragma once

#include "scaling/policy/policy.h"

namespace octavo::scaling {

/// factor = max / amax in binary32, rounded to nearest; an infinite quotient becomes the largest binary32 value, an
/// amax of zero, infinity or NaN gives 1 (Transformer Engine's compute_scale_from_amax with epsilon 0 in
/// common/recipe/recipe_common.cuh). With pow2 the quotient is rounded down to a power of two.
struct Current {
  bool pow2 = false;

  static constexpr Needs needs = Needs::amax;
  constexpr bool operator==(const Current&) const = default;

  /// The scale of a part whose values are to reach `amax`.
  Scale of_amax(const formats::Spec& format, float amax) const {
    const Scale scale = Scale::of_factor(static_cast<float>(max_of(format)) / amax);
    return pow2 ? Scale::of_bias(clamp_bias(scale.bias())) : scale;
  }
  Scale scale(const formats::Spec& format, const Observation& observed) const {
    return observed.usable() ? of_amax(format, observed.amax.value) : Scale{};
  }
};
static_assert(ScalingPolicy<Current>);

}  // namespace octavo::scaling
