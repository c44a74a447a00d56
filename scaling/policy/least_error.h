// The power of two with the least expected squared error, judged from a histogram of exponents.
#pragma once

#include <cstdint>

#include "scaling/policy/policy.h"

namespace octavo::scaling {

/// The bias b >= AMAX's that loses the least by rounding, underflow and saturation together, the smallest among equals.
/// The tensor is known by its count of values in each binade and its amax alone, as in Graphcore's popxl-addons; within
/// a binade values other than amax are taken as evenly spread (ours). A tensor that is all zero or not all finite gets
/// bias 0.
struct LeastError {
  static constexpr Needs needs = Needs::rounds;
  constexpr bool operator==(const LeastError&) const = default;

  std::optional<Binning> next(const Observation& observed) const;
  Scale scale(const formats::Spec& format, const Observation& observed) const;
};
static_assert(CountingPolicy<LeastError>);

/// The expected sum of squared errors, in the tensor's own units, when values counted by biased binary32 exponent are
/// cast under 2^bias; the largest is amax. The bins of zeros and subnormals, and of infinity and NaN, are left
/// out.
double expected_error(const formats::Spec& format, int bias, std::span<const std::uint64_t, 256> counts, double amax);

}  // namespace octavo::scaling
