// The update, element by element.
#include "sim/train/step/adamw.h"

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

void adamw(const AdamTensors& tensors, const AdamW& update, double decay) {
  assert(update.number >= 1 && tensors.gradients.size() == tensors.values.size() &&
         tensors.first.size() == tensors.values.size() && tensors.second.size() == tensors.values.size());
  const float factor = update.factor;
  const auto keep = static_cast<float>(1.0 - update.rate * decay);
  const auto beta1 = static_cast<float>(update.beta1);
  const auto beta2 = static_cast<float>(update.beta2);
  const auto gain1 = static_cast<float>(1.0 - update.beta1);
  const auto gain2 = static_cast<float>(1.0 - update.beta2);
  const auto epsilon = static_cast<float>(update.epsilon);
  const auto step = static_cast<float>(update.rate / correction(update.beta1, update.number));
  const auto root = static_cast<float>(std::sqrt(correction(update.beta2, update.number)));
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
  nn::round_to(update.master, w, n);
}

}  // namespace octavo::sim::train
