// Kullback-Leibler divergences of clipped histograms.
#include "scaling/policy/entropy.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "formats/encode.h"
#include "scaling/policy/current.h"
#include "scaling/policy/logarithm.h"

namespace octavo::scaling {
namespace {

constexpr std::size_t kBins = 2048;
constexpr std::size_t kFirst = 128;
constexpr std::size_t kStride = 16;

/// Of the histogram clipped to its first `kept` bins. All sums are of whole numbers below 2^53 but the last.
double divergence(const formats::Spec& format, const std::vector<std::uint64_t>& counts, std::size_t kept) {
  double total = 0.0;
  for (const std::uint64_t count : counts) total += static_cast<double>(count);
  double inside = 0.0;
  for (std::size_t i = 0; i < kept; ++i) inside += static_cast<double>(counts[i]);
  if (inside == 0.0) return std::numeric_limits<double>::infinity();
  const double scale = max_of(format) / static_cast<double>(kept);
  const auto code = [&](std::size_t bin) {
    return formats::encode(format, formats::Rounding::nearest_even, formats::Overflow::saturate,
                           (static_cast<double>(bin) + 0.5) * scale);
  };
  double sum = 0.0;
  for (std::size_t first = 0; first < kept;) {
    const std::uint32_t shared = code(first);
    std::size_t end = first;
    double of_code = 0.0;
    double occupied = 0.0;
    for (; end < kept && code(end) == shared; ++end) {
      of_code += static_cast<double>(counts[end]);
      occupied += counts[end] != 0 ? 1.0 : 0.0;
    }
    for (std::size_t i = first; i < end; ++i) {
      const double tail = i + 1 == kept ? total - inside : 0.0;
      const double p = (static_cast<double>(counts[i]) + tail) / total;
      if (p == 0.0) continue;
      if (counts[i] == 0) return std::numeric_limits<double>::infinity();  // the tail fell on an empty bin
      sum += p * logarithm(p / (of_code / occupied / inside));
    }
    first = end;
  }
  return sum;
}

}  // namespace

std::optional<Binning> Entropy::next(const Observation& observed) const {
  if (!observed.usable() || !observed.rounds.empty()) return std::nullopt;
  return Binning{.kind = Binning::Kind::even, .amax = observed.amax.value};
}

Scale Entropy::scale(const formats::Spec& format, const Observation& observed) const {
  if (!observed.usable()) return {};
  const std::vector<std::uint64_t>& counts = observed.rounds[0].counts;
  std::size_t best = kBins;
  double least = divergence(format, counts, kBins);
  for (std::size_t kept = kBins - kStride; kept >= kFirst; kept -= kStride) {
    const double found = divergence(format, counts, kept);
    if (found >= least) continue;
    least = found;
    best = kept;
  }
  const auto threshold =
      static_cast<float>(static_cast<double>(observed.amax.value) * static_cast<double>(best) / kBins);
  return threshold > 0.0F ? Current{}.of_amax(format, threshold) : Scale{};
}

}  // namespace octavo::scaling
