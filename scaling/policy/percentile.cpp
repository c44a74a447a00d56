// Order statistics of magnitudes by counting: bits of a magnitude order as its value does.
#include "scaling/policy/percentile.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "scaling/policy/current.h"

namespace octavo::scaling {
namespace {

constexpr int kLowBits = 15;
constexpr std::uint32_t kLowMask = (1u << kLowBits) - 1u;
constexpr std::uint32_t kInfinity = 0x7F800000u;

std::uint32_t magnitude(float x) { return std::bit_cast<std::uint32_t>(x) & 0x7FFFFFFFu; }

/// The bin of the rank-th element, and its rank within that bin.
std::pair<std::uint32_t, std::uint64_t> bin_of(const std::vector<std::uint64_t>& counts, std::uint64_t rank) {
  std::uint32_t bin = 0;
  while (counts[bin] < rank) rank -= counts[bin++];
  return {bin, rank};
}

}  // namespace

float ranked_magnitude(std::span<const float> x, std::uint64_t rank) {
  std::vector<std::uint64_t> high(1u << (31 - kLowBits));
  for (const float value : x)
    if (magnitude(value) <= kInfinity) ++high[magnitude(value) >> kLowBits];
  const auto [upper, rest] = bin_of(high, rank);
  std::vector<std::uint64_t> low(kLowMask + 1u);
  for (const float value : x)
    if (magnitude(value) <= kInfinity && magnitude(value) >> kLowBits == upper) ++low[magnitude(value) & kLowMask];
  return std::bit_cast<float>((upper << kLowBits) | bin_of(low, rest).first);
}

Scale Percentile::scale(const formats::Spec& format, const Observation& observed) const {
  const auto numbers = static_cast<std::uint64_t>(
      std::count_if(observed.values.begin(), observed.values.end(), [](float x) { return !std::isnan(x); }));
  if (numbers == 0) return {};
  const auto rank = static_cast<std::uint64_t>(std::ceil(percent * static_cast<double>(numbers) / 100.0));
  float reached = ranked_magnitude(observed.values, std::clamp<std::uint64_t>(rank, 1, numbers));
  if (reached == 0.0F) reached = observed.amax.value;
  if (reached == 0.0F || !std::isfinite(reached)) return {};
  return Current{}.of_amax(format, reached);
}

}  // namespace octavo::scaling
