// The operands of products that engines are compared on: random numbers keyed by (seed, tensor, index), the same on
// every machine.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace octavo::experiments {

enum class Distribution : std::uint8_t {
  uniform,  ///< on [0, 1), multiples of 2^-24: sums of products grow with K
  normal,   ///< mean 0, deviation 1: sums cancel
};

std::string_view name(Distribution distribution);

/// `count` values of tensor number `tensor`.
std::vector<float> random_operand(Distribution distribution, std::uint64_t seed, std::uint32_t tensor,
                                  std::int64_t count);

}  // namespace octavo::experiments
