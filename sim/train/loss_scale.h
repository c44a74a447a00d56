// The loss scaling that a run's settings ask for, and what its policy sees of a step.
#pragma once

#include <span>

#include "scaling/loss_scale.h"
#include "sim/train/settings.h"

namespace octavo::sim::train {

/// LossScaling::none is a constant 1. `settings` are within their ranges.
scaling::LossScale loss_scale_policy(const Settings& settings);

/// Of all gradients together; the same for any number of threads.
scaling::GradientObservation observe_all(const scaling::LossScale& policy, std::span<const float> gradients);

/// True if the policy can answer gradients that are not finite with a smaller scale: it changes, and `scale` is not yet
/// as small as 2^-24, where no step has a chance.
bool can_back_off(const scaling::LossScale& policy, double scale);

}  // namespace octavo::sim::train
