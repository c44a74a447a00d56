// Operands by counter-based random numbers.
#include "experiments/products/random_operands.h"

#include <cmath>

#include "formats/random.h"
#include "sim/nn/elementwise/elementary.h"

namespace octavo::experiments {

std::string_view name(Distribution distribution) {
  return distribution == Distribution::uniform ? "uniform" : "normal";
}

std::vector<float> random_operand(Distribution distribution, std::uint64_t seed, std::uint32_t tensor,
                                  std::int64_t count) {
  const formats::RandomStream first{.seed = seed, .tensor = tensor, .step = 0};
  const formats::RandomStream second{.seed = seed, .tensor = tensor, .step = 1};
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint32_t word = first.word(i);
    if (distribution == Distribution::uniform) {
      values[i] = static_cast<float>(word >> 8) * 0x1p-24f;
      continue;
    }
    // Box and Muller: the radius from one word, the angle from another.
    const double radius = std::sqrt(-2.0 * sim::nn::log((static_cast<double>(word) + 1.0) * 0x1p-32));
    const double angle = 6.283185307179586 * static_cast<double>(second.word(i)) * 0x1p-32;
    values[i] = static_cast<float>(radius * sim::nn::sin_cos(angle).cos);
  }
  return values;
}

}  // namespace octavo::experiments
