// FP8-CSCALE (arXiv 2309.17224, section 3): one constant bias, chosen by a sweep.
#pragma once

#include "scaling/policy/policy.h"

namespace octavo::scaling {

struct Cscale {
  int constant = 0;  ///< in [-127, 127]

  static constexpr Needs needs = Needs::nothing;
  constexpr bool operator==(const Cscale&) const = default;

  int bias(const formats::Spec&, const Observation&) const { return constant; }
  Scale scale(const formats::Spec&, const Observation&) const { return Scale::of_bias(constant); }
};
static_assert(ScalingPolicy<Cscale>);

}  // namespace octavo::scaling
