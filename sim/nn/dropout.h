// Dropout whose mask is a function of a counter: nothing to keep, the same for any number of threads.
#pragma once

#include <cstdint>

#include "machine/share.h"
#include "sim/nn/random.h"

namespace octavo::sim::nn {

/// `key` names step and micro-batch. Rate in [0, 1): 0 leaves everything as it is.
struct Dropout {
  double rate = 0.0;
  std::uint64_t key = 0;
};

/// x[i] becomes 0 with probability `rate`, else x[i] / (1 - rate). The same call on dy is the derivative. `site` names
/// the place in the model. A part of a tensor, from element `offset` on, draws what it would as part of the whole.
template <class T>
void drop(const Dropout& dropout, std::uint64_t site, T* x, std::int64_t n, std::int64_t offset = 0) {
  if (dropout.rate == 0.0) return;
  const auto threshold = static_cast<std::uint64_t>(dropout.rate * 0x1p32);
  const T kept = static_cast<T>(1.0 / (1.0 - dropout.rate));
  const std::uint64_t key = hash(dropout.key, site);
  machine::share(n, 3, [&](std::int64_t i) {
    x[i] = hash(key, static_cast<std::uint64_t>(offset + i)) >> 32 < threshold ? T(0) : x[i] * kept;
  });
}

}  // namespace octavo::sim::nn
