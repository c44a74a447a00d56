// All 2^32 floats in order of their bits, in stretches that OpenMP threads share.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace octavo::formats::tests {

constexpr std::uint32_t kStretchFloats = 1u << 12;  // floats, codes and expected codes stay in the first cache
constexpr std::int64_t kStretches = (std::int64_t{1} << 32) / kStretchFloats;

/// Calls check(first_bits, floats) for every stretch; floats[i] has the bits first_bits + i. Returns
/// the sum of what check returns, the number of sum.
template <class Check>
std::uint64_t count_in_every_float(Check check) {
  std::uint64_t sum = 0;
#pragma omp parallel reduction(+ : sum)
  {
    std::vector<float> floats(kStretchFloats);
#pragma omp for schedule(dynamic, 1024)
    for (std::int64_t stretch = 0; stretch < kStretches; ++stretch) {
      const auto first = static_cast<std::uint32_t>(stretch) * kStretchFloats;
      for (std::uint32_t i = 0; i < kStretchFloats; ++i) floats[i] = std::bit_cast<float>(first + i);
      sum += check(first, std::span<const float>(floats));
    }
  }
  return sum;
}

}  // namespace octavo::formats::tests
