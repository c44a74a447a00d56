// A scaling policy is a value: it looks at what was observed of a tensor and gives the scale that its cast uses.
#pragma once

#include <cmath>
#include <concepts>
#include <optional>
#include <span>

#include "formats/span/quantize.h"
#include "formats/spec.h"
#include "scaling/policy/counted/tally.h"
#include "scaling/policy/scale.h"

namespace octavo::scaling {

/// What a policy may know of the part of a tensor that one scale covers.
struct Observation {
  formats::MeasuredAmax amax;       ///< of the part: infinite if an element is, and whether one is NaN
  formats::MeasuredAmax tensor{};   ///< of the whole tensor
  std::uint64_t elements = 0;       ///< of the part
  std::span<const Round> rounds{};  ///< what the policy asked for, in order

  /// True if the amax is a positive finite number and no element is NaN: there is something to scale to.
  bool usable() const { return !amax.has_nan && std::isfinite(amax.value) && amax.value > 0.0F; }
};

/// How much of the Observation a policy reads: what it does not read need not be computed. Each includes those before.
enum class Needs : unsigned char { nothing, amax, tensor_amax, rounds };

template <class P>
concept ScalingPolicy = std::equality_comparable<P> &&
    requires(const P& policy, const formats::Spec& format, const Observation& observed) {
  { policy.scale(format, observed) } -> std::same_as<Scale>;
  { P::needs } -> std::convertible_to<Needs>;
};

/// A policy that counts: what its next round counts, or nothing once it can give the scale.
template <class P>
concept CountingPolicy = ScalingPolicy<P> && requires(const P& policy, const Observation& observed) {
  { policy.next(observed) } -> std::same_as<std::optional<Binning>>;
};

}  // namespace octavo::scaling
