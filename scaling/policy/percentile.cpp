// Order statistics of magnitudes by counting: bits of a magnitude order as its value does.
#include "scaling/policy/percentile.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "scaling/policy/current.h"

namespace octavo::scaling {
namespace {

constexpr int kLowBits = 15;

/// The bin of the rank-th element, and its rank within that bin.
std::pair<std::uint32_t, std::uint64_t> bin_of(const std::vector<std::uint64_t>& counts, std::uint64_t rank) {
  std::uint32_t bin = 0;
  while (counts[bin] < rank) rank -= counts[bin++];
  return {bin, rank};
}

/// The bin of the wanted element's upper bits and its rank there; of one element at least.
std::pair<std::uint32_t, std::uint64_t> upper_bin(double percent, const std::vector<std::uint64_t>& counts) {
  const std::uint64_t numbers = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  const auto rank = static_cast<std::uint64_t>(std::ceil(percent * static_cast<double>(numbers) / 100.0));
  return bin_of(counts, std::clamp<std::uint64_t>(rank, 1, numbers));
}

bool none(const std::vector<std::uint64_t>& counts) {
  return std::all_of(counts.begin(), counts.end(), [](std::uint64_t count) { return count == 0; });
}

}  // namespace

std::optional<Binning> Percentile::next(const Observation& observed) const {
  if (observed.rounds.empty()) return Binning{.kind = Binning::Kind::high_bits};
  if (observed.rounds.size() > 1 || none(observed.rounds.front().counts)) return std::nullopt;
  return Binning{.kind = Binning::Kind::low_bits, .high = upper_bin(percent, observed.rounds.front().counts).first};
}

Scale Percentile::scale(const formats::Spec& format, const Observation& observed) const {
  if (observed.rounds.size() < 2) return {};
  const auto [upper, rank] = upper_bin(percent, observed.rounds[0].counts);
  float reached = std::bit_cast<float>((upper << kLowBits) | bin_of(observed.rounds[1].counts, rank).first);
  if (reached == 0.0F) reached = observed.amax.value;
  if (reached == 0.0F || !std::isfinite(reached)) return {};
  return Current{}.of_amax(format, reached);
}

}  // namespace octavo::scaling
