// Expected errors by binade.
#include "scaling/policy/least_error.h"

#include <algorithm>
#include <cmath>

#include "scaling/policy/amax.h"

namespace octavo::scaling {
namespace {

// Mean of (x - from)^2 over x even in [low, high].
double mean_square(double from, double low, double high) {
  const double a = low - from;
  const double b = high - from;
  return (a * a + a * b + b * b) / 3.0;
}

}  // namespace

double expected_error(const formats::Spec& format, int bias, std::span<const std::uint64_t, 256> counts, double amax) {
  const double max = max_of(format);
  const double scale = std::ldexp(1.0, bias);
  const double largest = amax * scale;
  // Of values in [low, high], all of one binade, after scaling.
  const auto error_of = [&](int exponent, double low, double high) {
    const double step = std::ldexp(1.0, std::max(exponent, format.min_exponent()) - format.mantissa_bits);
    const double inside = step >= 2.0 * high ? mean_square(0.0, low, high) : step * step / 12.0;
    if (high <= max) return inside;
    const double from = std::max(low, max);
    const double share = high > low ? (high - from) / (high - low) : 1.0;
    return share * mean_square(max, from, high) + (1.0 - share) * inside;
  };
  double total = 0.0;
  for (int field = 1; field < 255; ++field) {
    const std::uint64_t count = counts[static_cast<std::size_t>(field)];
    if (count == 0) continue;
    const int exponent = field - 127 + bias;
    const double low = std::ldexp(1.0, exponent);
    const double high = std::max(low, std::min(2.0 * low, largest));
    // One of the last binade's values is amax itself: with heavy tails it may be the only one.
    const bool last = largest >= low && largest < 2.0 * low;
    double error = static_cast<double>(last ? count - 1 : count) * error_of(exponent, low, high);
    if (last) error += error_of(exponent, largest, largest);
    total += error / scale / scale;
  }
  return total;
}

std::optional<Binning> LeastError::next(const Observation& observed) const {
  if (!observed.usable() || !observed.rounds.empty()) return std::nullopt;
  return Binning{.kind = Binning::Kind::exponents};
}

Scale LeastError::scale(const formats::Spec& format, const Observation& observed) const {
  if (!observed.usable()) return {};
  const std::span<const std::uint64_t, 256> counts(observed.rounds[0].counts.data(), 256);
  const int first = Amax{}.bias(format, observed);
  const int last = std::min(first + 24, kBiasLimit);  // by then all but what is 2^-24 of amax saturates
  int best = first;
  double least = expected_error(format, first, counts, static_cast<double>(observed.amax.value));
  for (int bias = first + 1; bias <= last; ++bias) {
    const double error = expected_error(format, bias, counts, static_cast<double>(observed.amax.value));
    if (error >= least) continue;
    least = error;
    best = bias;
  }
  return Scale::of_bias(best);
}

}  // namespace octavo::scaling
