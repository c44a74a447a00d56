// What a step's loss and accumulated gradients allow: an update, none, or an end of the run.
#pragma once

#include <cstdint>
#include <span>

#include "scaling/loss_scale.h"

namespace octavo::sim::train {

/// A step's gradients carry the loss scale that it ran under.
struct Accumulated {
  double loss = 0.0;  ///< nats a token
  double loss_scale = 1.0;
  double gradient_norm = 0.0;  ///< of all gradients together, the loss scale taken out
  scaling::GradientObservation seen;
};

/// Looks at all gradients; the same bits for any number of threads.
Accumulated measure(double loss, double loss_scale, const scaling::LossScale& policy, std::span<const float> gradients);

/// True if no further step can help: the loss is above three times that of guessing among `vocabulary` tokens (or NaN),
/// or gradients are not finite and either the loss is not, too, or the policy has no smaller scale to try.
bool diverged(const Accumulated& step, const scaling::LossScale& policy, std::int64_t vocabulary);

/// What the gradients are multiplied by in the update: the loss scale is taken out, and a norm above `clip` (0: none)
/// brought down to it.
float gradient_factor(const Accumulated& step, double clip);

}  // namespace octavo::sim::train
