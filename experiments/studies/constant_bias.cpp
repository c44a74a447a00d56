// Bisection from a bias that holds to the limits.
#include "experiments/studies/constant_bias.h"

#include <array>

namespace octavo::experiments::studies {
namespace {

/// The bias farthest from `good`, which holds, towards `limit` up to which all hold.
int end_of(int good, int limit, const std::function<bool(int)>& holds) {
  if (good == limit || holds(limit)) return limit;
  int bad = limit;
  while (bad - good > 1 || good - bad > 1) {
    const int middle = (good + bad) / 2;
    (holds(middle) ? good : bad) = middle;
  }
  return good;
}

}  // namespace

std::optional<BiasInterval> find_interval(const std::function<bool(int)>& holds) {
  for (const int start : std::array{0, -1, 1, -2, 2, -3, 3, -4, 4})
    if (holds(start)) {
      // Where smaller biases in size have failed already, the interval ends there.
      const int first = start > 0 ? start : end_of(start, -kLargestBias, holds);
      const int last = start < 0 ? start : end_of(start, kLargestBias, holds);
      return BiasInterval{first, last};
    }
  return std::nullopt;
}

}  // namespace octavo::experiments::studies
