// Random numbers as a function of a key and a counter: the same in any order and on any number of threads.
//
// formats/random.h draws the words of stochastic rounding another way, by Philox, four at a time in an order that suits
// vector lanes. Weights, dropout and the order of data ask for one number at a time, which this does in far fewer
// operations; and every initial weight, golden trace and checkpoint rests on it.
#pragma once

#include <cstdint>

#include "sim/nn/elementwise/elementary.h"

namespace octavo::sim::nn {

/// 64 random bits of (key, counter): SplitMix64's finaliser (Steele, Lea, Flood 2014) over an odd-multiplied sum.
constexpr std::uint64_t hash(std::uint64_t key, std::uint64_t counter) {
  std::uint64_t z = key + (counter + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

/// A standard normal number (Box and Muller 1958) of (key, counter), in binary64.
inline double normal(std::uint64_t key, std::uint64_t counter) {
  const std::uint64_t bits = hash(key, counter);
  const double u = (static_cast<double>(bits >> 32) + 0.5) * 0x1p-32;
  const double angle = static_cast<double>(bits & 0xFFFFFFFFu) * 0x1p-32 * 6.283185307179586477;
  return __builtin_sqrt(-2.0 * log(u)) * sin_cos(angle).cos;
}

}  // namespace octavo::sim::nn
