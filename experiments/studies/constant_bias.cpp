// Bisection from a bias that does not fail to the limits.
#include "experiments/studies/constant_bias.h"

#include <map>

namespace octavo::experiments::studies {
namespace {

/// The bias farthest from `good`, which does not fail, towards `limit` up to which none does; `guess` and its neighbour
/// are asked about first.
int end_of(int good, int limit, std::optional<int> guess, const std::function<bool(int)>& bears) {
  const int step = limit < good ? -1 : 1;
  int bad = limit + step;  // nobody asks about it
  const auto ask = [&](int bias) {
    if ((bias - good) * step > 0 && (bad - bias) * step > 0) (bears(bias) ? good : bad) = bias;
  };
  if (guess) {
    ask(*guess);
    ask(good == *guess ? good + step : bad - step);
  }
  while (bad - good > 1 || good - bad > 1) ask((good + bad) / 2);
  return good;
}

}  // namespace

std::optional<BiasInterval> find_interval(const std::function<bool(int)>& bears,
                                          const std::optional<BiasInterval>& guess) {
  std::map<int, bool> known;
  const auto ask = [&](int bias) {
    const auto [answer, is_new] = known.try_emplace(bias, false);
    if (is_new) answer->second = bears(bias);
    return answer->second;
  };
  constexpr int kMiddle = 4;
  if (guess && guess->first <= kMiddle && guess->last >= -kMiddle && ask(guess->first) && ask(guess->last))
    return BiasInterval{end_of(guess->first, -kLargestBias, guess->first - 1, ask),
                        end_of(guess->last, kLargestBias, guess->last + 1, ask)};
  const auto end = [&](int start, int limit) {
    return end_of(start, limit, guess ? std::optional(limit < 0 ? guess->first : guess->last) : std::nullopt, ask);
  };
  for (int distance = 0; distance <= kMiddle; ++distance)
    for (const int start : {-distance, distance}) {
      if (!ask(start)) continue;
      // Where smaller biases in size have failed already, the interval ends there.
      const int first = start > 0 ? start : end(start, -kLargestBias);
      const int last = start < 0 ? start : end(start, kLargestBias);
      return BiasInterval{first, last};
    }
  return std::nullopt;
}

store::BiasIntervalRow interval_row(const store::OutcomeRow& outcome, const std::optional<BiasInterval>& interval,
                                    const std::map<int, store::Verdict>& verdicts, std::int32_t amax_bias_min) {
  store::BiasIntervalRow row{.task = outcome.task,
                             .stage = outcome.stage,
                             .model = outcome.model,
                             .parameters = outcome.parameters,
                             .seed = outcome.seed,
                             .amax_bias_min = amax_bias_min};
  if (!interval) return row;
  row.first_bias = interval->first;
  row.last_bias = interval->last;
  row.biases = interval->last - interval->first + 1;
  row.open_below = interval->first == -kLargestBias;
  row.open_above = interval->last == kLargestBias;
  for (const auto& [bias, verdict] : verdicts)
    if (bias >= interval->first && bias <= interval->last && verdict == store::Verdict::undecided) ++row.undecided;
  return row;
}

}  // namespace octavo::experiments::studies
