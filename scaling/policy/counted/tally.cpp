// Counting.
#include "scaling/policy/counted/tally.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>

#include "formats/span/quantize.h"

namespace octavo::scaling {
namespace {

constexpr int kLowBits = 15;
constexpr std::uint32_t kLowMask = (1u << kLowBits) - 1u;
constexpr std::uint32_t kInfinity = 0x7F800000u;
constexpr std::size_t kEvenBins = 2048;
constexpr std::size_t kPart = std::size_t{1} << 15;

std::uint32_t magnitude(float x) { return std::bit_cast<std::uint32_t>(x) & 0x7FFFFFFFu; }

double squares_of(std::span<const float> x) {
  std::array<double, 16> lanes{};
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto value = static_cast<double>(x[i]);
    lanes[i % lanes.size()] += value * value;
  }
  double sum = 0.0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

std::vector<std::uint64_t> counts_of(const Binning& binning, std::span<const float> x) {
  using enum Binning::Kind;
  switch (binning.kind) {
    case exponents: {
      std::vector<std::uint64_t> counts(256);
      formats::exponent_histogram(x, std::span<std::uint64_t, 256>(counts.data(), 256));
      return counts;
    }
    case high_bits: {
      std::vector<std::uint64_t> counts(1u << (31 - kLowBits));
      for (const float value : x)
        if (magnitude(value) <= kInfinity) ++counts[magnitude(value) >> kLowBits];
      return counts;
    }
    case low_bits: {
      std::vector<std::uint64_t> counts(kLowMask + 1u);
      for (const float value : x)
        if (magnitude(value) <= kInfinity && magnitude(value) >> kLowBits == binning.high)
          ++counts[magnitude(value) & kLowMask];
      return counts;
    }
    case even: {
      std::vector<std::uint64_t> counts(kEvenBins);
      const double bins_per_unit = static_cast<double>(kEvenBins) / static_cast<double>(binning.amax);
      for (const float value : x) {
        const double place = std::fabs(static_cast<double>(value)) * bins_per_unit;
        ++counts[std::min(static_cast<std::size_t>(place), kEvenBins - 1)];
      }
      return counts;
    }
    case squares:
      break;
  }
  return {};
}

}  // namespace

Round& Round::operator+=(const Round& next) {
  assert(binning == next.binning && counts.size() == next.counts.size());
  for (std::size_t bin = 0; bin < counts.size(); ++bin) counts[bin] += next.counts[bin];
  squares.insert(squares.end(), next.squares.begin(), next.squares.end());
  return *this;
}

double Round::sum_of_squares() const {
  double sum = 0.0;
  for (const double part : squares) sum += part;
  return sum;
}

Round count(const Binning& binning, std::span<const float> x) {
  Round round{binning, counts_of(binning, x), {}};
  if (binning.kind == Binning::Kind::squares)
    for (std::size_t first = 0; first < x.size(); first += kPart)
      round.squares.push_back(squares_of(x.subspan(first, std::min(kPart, x.size() - first))));
  return round;
}

}  // namespace octavo::scaling
