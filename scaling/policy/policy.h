// A scaling policy is a value: it looks at a tensor and gives the scale that its cast uses.
#pragma once

#include <cmath>
#include <concepts>
#include <span>

#include "formats/span/quantize.h"
#include "formats/spec.h"
#include "scaling/policy/scale.h"

namespace octavo::scaling {

/// What a policy may know of the part of a tensor that one scale covers.
struct Observation {
  formats::MeasuredAmax amax;       ///< of the part: infinite if an element is, and whether one is NaN
  std::span<const float> values{};  ///< the part itself
  formats::MeasuredAmax tensor{};   ///< of the whole tensor

  /// True if the amax is a positive finite number and no element is NaN: there is something to scale to.
  bool usable() const { return !amax.has_nan && std::isfinite(amax.value) && amax.value > 0.0F; }
};

/// How much of the Observation a policy reads: what it does not read need not be computed.
enum class Needs : unsigned char { nothing, amax, values };

template <class P>
concept ScalingPolicy = std::equality_comparable<P> &&
    requires(const P& policy, const formats::Spec& format, const Observation& observed) {
  { policy.scale(format, observed) } -> std::same_as<Scale>;
  { P::needs } -> std::convertible_to<Needs>;
};

}  // namespace octavo::scaling
