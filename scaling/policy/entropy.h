// Entropy calibration: the clipping threshold whose quantised distribution tells the least from the tensor's own.
#pragma once

#include "scaling/policy/policy.h"

namespace octavo::scaling {

/// Migacz's calibration for TensorRT ("8-bit inference with TensorRT", 2017): a histogram of magnitudes in 2048 even
/// bins up to amax; for each threshold at a multiple of 16 bins from 128 on, the Kullback-Leibler divergence of the
/// clipped histogram (its tail added to the last bin) from the same one with the bins that share a code evened out; the
/// least gives the threshold, the largest one among equals. There, codes are even (INT8); for floats (ours) bins share
/// a code as the format rounds their centres with the threshold at its largest value. Then as current scaling. NaN and
/// infinity: the scale is 1.
struct Entropy {
  static constexpr Needs needs = Needs::rounds;
  constexpr bool operator==(const Entropy&) const = default;

  std::optional<Binning> next(const Observation& observed) const;
  Scale scale(const formats::Spec& format, const Observation& observed) const;
};
static_assert(CountingPolicy<Entropy>);

}  // namespace octavo::scaling
