// What a step's loss and gradients allow: an update, none, or an end of the run.
#pragma once

#include <cstdint>

#include "scaling/loss_scale.h"
#include "sim/train/step/gradient_sums.h"

namespace octavo::sim::train {

enum class Ruling : std::uint8_t {
  update,
  skip,  ///< gradients are not finite, and the loss scale will be a smaller one
  stop,  ///< no further step can help
};

struct Verdict {
  Ruling ruling = Ruling::update;
  double gradient_norm = 0.0;  ///< of all gradients together, the loss scale taken out
  float factor = 1.0F;         ///< what gradients are multiplied by in the update: scale taken out, norm clipped
  scaling::LossScaleState loss_scale;  ///< of the coming step; as it was if the run stops
};

/// What is judged by besides the gradients.
struct Limits {
  double clip = 0.0;  ///< norms above it are brought down to it; 0: none
  std::int64_t vocabulary = 0;
};

/// Of the mean loss in nats a token and all gradients together, which carry the scale of `state`. A run stops if the
/// loss is above three times that of guessing among the vocabulary (or NaN), or if gradients are not finite and either
/// the loss is not, too, or the policy has no smaller scale to try.
Verdict judge(double loss, const GradientSums& gradients, const scaling::LossScale& policy,
              const scaling::LossScaleState& state, const Limits& limits);

}  // namespace octavo::sim::train
