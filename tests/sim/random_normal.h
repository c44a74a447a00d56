// Normal numbers for tests.
#pragma once

#include <cstddef>
#include <random>
#include <vector>

namespace octavo::sim {

inline std::vector<float> random_normal(std::size_t count, unsigned seed, float deviation = 1.0F) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.0F, deviation);
  std::vector<float> values(count);
  for (float& value : values) value = normal(generator);
  return values;
}

}  // namespace octavo::sim
