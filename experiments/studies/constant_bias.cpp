// Bisection from a bias that holds to the limits.
#include "experiments/studies/constant_bias.h"

#include <array>

namespace octavo::experiments::studies {
namespace {

/// The bias farthest from `good`, which holds, towards `limit` up to which all hold; `guess` and its neighbour are
/// asked about first.
int end_of(int good, int limit, std::optional<int> guess, const std::function<bool(int)>& holds) {
  const int step = limit < good ? -1 : 1;
  int bad = limit + step;  // nobody asks about it
  const auto ask = [&](int bias) {
    if ((bias - good) * step > 0 && (bad - bias) * step > 0) (holds(bias) ? good : bad) = bias;
  };
  if (guess) {
    ask(*guess);
    ask(good == *guess ? good + step : bad - step);
  }
  while (bad - good > 1 || good - bad > 1) ask((good + bad) / 2);
  return good;
}

}  // namespace

std::optional<BiasInterval> find_interval(const std::function<bool(int)>& holds,
                                          const std::optional<BiasInterval>& guess) {
  const auto end = [&](int start, int limit) {
    return end_of(start, limit, guess ? std::optional(limit < 0 ? guess->first : guess->last) : std::nullopt, holds);
  };
  for (const int start : std::array{0, -1, 1, -2, 2, -3, 3, -4, 4})
    if (holds(start)) {
      // Where smaller biases in size have failed already, the interval ends there.
      const int first = start > 0 ? start : end(start, -kLargestBias);
      const int last = start < 0 ? start : end(start, kLargestBias);
      return BiasInterval{first, last};
    }
  return std::nullopt;
}

store::BiasIntervalRow interval_row(const store::OutcomeRow& outcome, const std::optional<BiasInterval>& interval,
                                    std::int32_t amax_bias_min) {
  return {.task = outcome.task,
          .stage = outcome.stage,
          .model = outcome.model,
          .parameters = outcome.parameters,
          .seed = outcome.seed,
          .first_bias = interval ? interval->first : 0,
          .last_bias = interval ? interval->last : 0,
          .biases = interval ? interval->last - interval->first + 1 : 0,
          .amax_bias_min = amax_bias_min};
}

}  // namespace octavo::experiments::studies
