// Unit Scaling (Blake et al. 2023, arXiv 2303.11257): constants that give every tensor unit variance from the start.
#pragma once

#include "scaling/policy/policy.h"

namespace octavo::scaling {

/// What Unit Scaling strives for, applied to a tensor at hand: its root mean square goes to 1, and the format takes it
/// as it is, without an amax. A tensor that is all zero or not all finite gets scale 1.
struct Unit {
  static constexpr Needs needs = Needs::rounds;
  constexpr bool operator==(const Unit&) const = default;

  std::optional<Binning> next(const Observation& observed) const {
    if (!observed.usable() || !observed.rounds.empty()) return std::nullopt;
    return Binning{.kind = Binning::Kind::squares};
  }
  Scale scale(const formats::Spec&, const Observation& observed) const {
    if (!observed.usable()) return {};
    const double mean = observed.rounds[0].sum_of_squares() / static_cast<double>(observed.elements);
    return Scale::of_factor(static_cast<float>(1.0 / std::sqrt(mean)));
  }
};
static_assert(CountingPolicy<Unit>);

}  // namespace octavo::scaling
