// How a model trained on short texts stretches its rotary positions.
#pragma once

#include <cstdint>

namespace octavo::sim::nn {

/// Llama 3.1's frequency-dependent stretch, or a linear one; `none` leaves the frequencies alone.
struct RopeScaling {
  enum class Kind : std::uint8_t { none, linear, llama3 };
  Kind kind = Kind::none;
  double factor = 1.0;
  double low_frequency_factor = 1.0;
  double high_frequency_factor = 4.0;
  double original_context = 8192.0;

  constexpr bool operator==(const RopeScaling&) const = default;
};

}  // namespace octavo::sim::nn
