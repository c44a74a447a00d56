// A scaling policy is a value: it looks at a tensor and gives the bias b of x8 = cast(x * 2^b).
#pragma once

#include <algorithm>
#include <concepts>

#include "formats/quantize.h"
#include "formats/spec.h"

namespace octavo::scaling {

/// Biases are integers in [-kBiasLimit, kBiasLimit]; 2^b and 2^-b are then binary32 values.
inline constexpr int kBiasLimit = 127;

constexpr int clamp_bias(int bias) { return std::clamp(bias, -kBiasLimit, kBiasLimit); }

/// What a policy may know of a tensor: its largest magnitude, infinite if an element is, and whether one is NaN.
using Observation = formats::Amax;

/// needs_observation: whether `observed` must come from the tensor (false saves a pass over it).
template <class P>
concept ScalingPolicy = std::equality_comparable<P> &&
    requires(const P& policy, const formats::Spec& format, const Observation& observed) {
  { policy.bias(format, observed) } -> std::same_as<int>;
  { P::needs_observation } -> std::convertible_to<bool>;
};

}  // namespace octavo::scaling
