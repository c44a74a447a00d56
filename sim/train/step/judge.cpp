// Norm, divergence, loss scale and clipping.
#include "sim/train/step/judge.h"

#include <cmath>

#include "sim/nn/elementwise/elementary.h"

namespace octavo::sim::train {
namespace {

bool hopeless(double loss, bool finite, const scaling::LossScale& policy, double scale, std::int64_t vocabulary) {
  if (!(loss <= 3.0 * nn::log(static_cast<double>(vocabulary)))) return true;
  return !finite && (!std::isfinite(loss) || !scaling::can_back_off(policy, scale));
}

}  // namespace

Verdict judge(double loss, const GradientSums& gradients, const scaling::LossScale& policy,
              const scaling::LossScaleState& state, const Limits& limits) {
  Verdict verdict;
  verdict.gradient_norm = std::sqrt(gradients.squares) / state.scale;
  verdict.loss_scale = state;
  double factor = 1.0 / state.scale;
  if (limits.clip > 0.0 && verdict.gradient_norm > limits.clip) factor *= limits.clip / verdict.gradient_norm;
  verdict.factor = static_cast<float>(factor);
  if (hopeless(loss, gradients.seen.finite, policy, state.scale, limits.vocabulary))
    verdict.ruling = Ruling::stop;
  else if (!scaling::update(policy, verdict.loss_scale, gradients.seen))
    verdict.ruling = Ruling::skip;
  return verdict;
}

}  // namespace octavo::sim::train
