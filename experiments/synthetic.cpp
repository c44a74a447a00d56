// Counter-based random numbers by SplitMix64's mixing function (Steele, Lea and Flood, 2014).
#include "experiments/synthetic.h"

#include <cmath>

#include "sim/nn/elementary.h"

namespace octavo::experiments {
namespace {

std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

/// 53 random bits as a number in (0, 1].
double unit(std::uint64_t bits) { return static_cast<double>((bits >> 11) + 1) * 0x1p-53; }

}  // namespace

std::string_view name(Distribution distribution) {
  return distribution == Distribution::uniform ? "uniform" : "normal";
}

std::vector<float> synthetic(Distribution distribution, std::uint64_t seed, std::uint64_t tensor, std::int64_t count) {
  const std::uint64_t key = mix(mix(seed) ^ tensor);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint64_t bits = mix(key ^ mix(i));
    if (distribution == Distribution::uniform) {
      values[i] = static_cast<float>(bits >> 40) * 0x1p-24f;
      continue;
    }
    // Box and Muller: the radius from this number, the angle from another.
    const double radius = std::sqrt(-2.0 * sim::nn::log(unit(bits)));
    const double angle = 6.283185307179586 * unit(mix(bits ^ key));
    values[i] = static_cast<float>(radius * sim::nn::sin_cos(angle).cos);
  }
  return values;
}

}  // namespace octavo::experiments
