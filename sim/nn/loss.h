// Next-token loss and accuracy from logits.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "sim/nn/elementwise/elementwise.h"
#include "sim/nn/elementwise/elementwise_backward.h"

namespace octavo::sim::nn {

struct TokenScore {
  float loss = 0.0F;     ///< -log p(target), nats; NaN if a logit is NaN
  bool correct = false;  ///< the target has the largest logit (the lowest index among equals)
};

/// A target of a position that is not scored: no loss, no gradient.
inline constexpr std::int32_t kNotScored = -1;

/// Scores one row of V logits; a position that is not scored has loss 0 and is not correct, nor is one whose loss is
/// not finite.
template <class T>
TokenScore score(const T* logits, std::int64_t vocabulary, std::int32_t target) {
  if (target == kNotScored) return {};
  const T top = largest(logits, vocabulary);
  const double total = sum_exp(logits, top, vocabulary);
  TokenScore result;
  result.loss = static_cast<float>(static_cast<double>(top) + log(total) - static_cast<double>(logits[target]));
  if (!(total >= 1.0)) result.loss = std::numeric_limits<float>::quiet_NaN();
  result.correct = logits[target] == top && std::isfinite(result.loss);
  for (std::int32_t i = 0; i < target && result.correct; ++i) result.correct = logits[i] != top;
  return result;
}

/// -log p(target) of one row of V logits, which become its derivative times `factor` (zeros if it is not scored).
template <class T>
double loss_and_gradient(T* logits, std::int64_t vocabulary, std::int32_t target, T factor) {
  if (target == kNotScored) {
    for (std::int64_t i = 0; i < vocabulary; ++i) logits[i] = T(0);
    return 0.0;
  }
  const T top = largest(logits, vocabulary);
  const double total = sum_exp(logits, top, vocabulary);
  const double loss = static_cast<double>(top) + log(total) - static_cast<double>(logits[target]);
  cross_entropy_backward(logits, vocabulary, target, factor);
  return total >= 1.0 ? loss : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace octavo::sim::nn
