// FP8-AMAX (arXiv 2309.17224, section 2.3): the largest power of two that keeps the tensor's largest magnitude finite.
#pragma once

#include <cmath>

#include "formats/decode.h"
#include "scaling/policy.h"

namespace octavo::scaling {

/// floor(log2(a / b)) for finite a, b > 0, from exponents and significands: exact, no logarithm is rounded.
inline int floor_log2_ratio(double a, double b) {
  int a_exponent = 0;
  int b_exponent = 0;
  const double a_significand = std::frexp(a, &a_exponent);
  const double b_significand = std::frexp(b, &b_exponent);
  return a_exponent - b_exponent - (a_significand < b_significand ? 1 : 0);
}

/// bias = floor(log2(max / amax)) - margin, clamped to +-127. The paper's figure 1 has margin 3 everywhere, its text
/// none, its released code 3 for gradients only: so margin belongs to the role, in the recipe. The source leaves open
/// what an all-zero tensor and one with infinities or NaN get; here the bias is 0.
struct Amax {
  int margin = 0;

  static constexpr bool needs_observation = true;
  constexpr bool operator==(const Amax&) const = default;

  int bias(const formats::Spec& format, const Observation& observed) const {
    if (observed.has_nan || !std::isfinite(observed.value) || observed.value == 0.0F) return 0;
    return clamp_bias(floor_log2_ratio(formats::decode(format, format.max_code()), observed.value) - margin);
  }
};
static_assert(ScalingPolicy<Amax>);

}  // namespace octavo::scaling
