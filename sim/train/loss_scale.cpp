// How each kind of loss scaling answers a step.
#include "sim/train/loss_scale.h"

#include <algorithm>
#include <cmath>

#include "sim/nn/elementary.h"

namespace octavo::sim::train {
namespace {

constexpr double kLn2 = 0.693147180559945309;
constexpr double kLog2Largest = 15.9992953;  // log2 65504

void multiply(LossScale& scale, double factor) {
  scale.value = std::clamp(scale.value * factor, 0x1p-24, 0x1p24);
  scale.clean_steps = 0;
}

void update_logmax(LossScale& scale, const GradientRange& range) {
  if (range.largest == 0.0) return;
  const double level = nn::log(range.largest / scale.value) / kLn2;
  ++scale.seen;
  const double weight = std::max(1.0 / static_cast<double>(scale.seen), 1.0 / 50.0);
  const double step = level - scale.mean;
  scale.mean += weight * step;
  scale.variance = (1.0 - weight) * (scale.variance + weight * step * step);
  const double exponent = std::floor(kLog2Largest - scale.mean - 3.0 * std::sqrt(scale.variance));
  scale.value = std::ldexp(1.0, static_cast<int>(std::clamp(exponent, -24.0, 24.0)));
}

}  // namespace

LossScale first_loss_scale(const Settings& settings) {
  LossScale scale;
  if (settings.loss_scaling != LossScaling::none) scale.value = settings.loss_scale;
  return scale;
}

bool recovers(LossScaling kind) { return kind != LossScaling::none && kind != LossScaling::constant; }

void update(LossScale& scale, const Settings& settings, const GradientRange& range) {
  if (!recovers(settings.loss_scaling)) return;
  if (!range.finite) {
    multiply(scale, 0.5);
    return;
  }
  if (settings.loss_scaling == LossScaling::logmax) {
    update_logmax(scale, range);
    return;
  }
  if (settings.loss_scaling == LossScaling::histogram && range.upper_fraction > 1e-7) {
    multiply(scale, 0.5);
    return;
  }
  if (++scale.clean_steps >= settings.loss_scale_window) multiply(scale, 2.0);
}

}  // namespace octavo::sim::train
