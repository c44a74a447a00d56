// All 2^32 floats in order of their bits, in stretches that threads share.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "machine/share.h"

namespace octavo::formats::tests {

constexpr std::uint32_t kStretchFloats = 1u << 12;  // floats, codes and expected codes stay in the first cache
constexpr std::int64_t kStretches = (std::int64_t{1} << 32) / kStretchFloats;

/// Calls check(first_bits, floats) for every stretch; floats[i] has the bits first_bits + i. Returns
/// the sum of what check returns, the number of sum.
template <class Check>
std::uint64_t count_in_every_float(Check check) {
  std::atomic<std::uint64_t> sum = 0;
  machine::share_pieces(kStretches, 1024, machine::threads(), [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> floats(kStretchFloats);
    std::uint64_t counted = 0;
    for (std::int64_t stretch = begin; stretch < end; ++stretch) {
      const auto first = static_cast<std::uint32_t>(stretch) * kStretchFloats;
      for (std::uint32_t i = 0; i < kStretchFloats; ++i) floats[i] = std::bit_cast<float>(first + i);
      counted += check(first, std::span<const float>(floats));
    }
    sum += counted;
  });
  return sum;
}

}  // namespace octavo::formats::tests
