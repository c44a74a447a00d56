// Root mean squares.
#include "scaling/policy/unit.h"

#include <array>
#include <cmath>

namespace octavo::scaling {

Scale Unit::scale(const formats::Spec&, const Observation& observed) const {
  if (!observed.usable()) return {};
  std::array<double, 16> lanes{};  // a fixed order of the sum: lanes, then the lanes in ascending order
  for (std::size_t i = 0; i < observed.values.size(); ++i) {
    const auto x = static_cast<double>(observed.values[i]);
    lanes[i % lanes.size()] += x * x;
  }
  double sum = 0.0;
  for (const double lane : lanes) sum += lane;
  const double rms = std::sqrt(sum / static_cast<double>(observed.values.size()));
  return Scale::of_factor(static_cast<float>(1.0 / rms));
}

}  // namespace octavo::scaling
