// The update, element by element.
#include "sim/train/adamw.h"

#include <cassert>
#include <cmath>

#include "machine/share.h"
#include "sim/nn/baseline.h"
#include "sim/nn/elementwise/elementary.h"

namespace octavo::sim::train {
namespace {

// 1 - beta^n.
double correction(double beta, std::int64_t n) {
  return beta > 0.0 ? 1.0 - nn::exp(static_cast<double>(n) * nn::log(beta)) : 1.0;
}

}  // namespace

void adamw(const AdamTensors& tensors, const Settings& settings, double rate, std::int64_t update, float factor,
           double decay) {
  assert(update >= 1 && tensors.gradients.size() == tensors.values.size());
  const auto keep = static_cast<float>(1.0 - rate * decay);
  const auto beta1 = static_cast<float>(settings.beta1);
  const auto beta2 = static_cast<float>(settings.beta2);
  const auto gain1 = static_cast<float>(1.0 - settings.beta1);
  const auto gain2 = static_cast<float>(1.0 - settings.beta2);
  const auto epsilon = static_cast<float>(settings.epsilon);
  const auto step = static_cast<float>(rate / correction(settings.beta1, update));
  const auto root = static_cast<float>(std::sqrt(correction(settings.beta2, update)));
  float* w = tensors.values.data();
  const float* gradients = tensors.gradients.data();
  float* m = tensors.first.data();
  float* v = tensors.second.data();
  const auto n = static_cast<std::int64_t>(tensors.values.size());
  machine::share(n, 2, [&](std::int64_t i) {
    const float g = gradients[i] * factor;
    m[i] = beta1 * m[i] + gain1 * g;
    v[i] = beta2 * v[i] + gain2 * g * g;
    w[i] = w[i] * keep - step * (m[i] / (std::sqrt(v[i]) / root + epsilon));
  });
  if (settings.master == Master::fp16) nn::round_to(scaling::Baseline::fp16, w, n);
}

}  // namespace octavo::sim::train
