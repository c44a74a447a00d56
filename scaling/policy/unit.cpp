// Root mean squares.
#include "scaling/policy/unit.h"

#include <cmath>

namespace octavo::scaling {

std::optional<Binning> Unit::next(const Observation& observed) const {
  if (!observed.usable() || !observed.rounds.empty()) return std::nullopt;
  return Binning{.kind = Binning::Kind::squares};
}

Scale Unit::scale(const formats::Spec&, const Observation& observed) const {
  if (!observed.usable()) return {};
  const double mean = observed.rounds[0].sum_of_squares() / static_cast<double>(observed.elements);
  return Scale::of_factor(static_cast<float>(1.0 / std::sqrt(mean)));
}

}  // namespace octavo::scaling
