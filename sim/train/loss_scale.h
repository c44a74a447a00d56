// The loss scaling that a run's settings ask for.
#pragma once

#include "scaling/loss_scale.h"
#include "sim/train/settings.h"

namespace octavo::sim::train {

/// LossScaling::none is a constant 1. `settings` are within their ranges.
scaling::LossScale loss_scale_policy(const Settings& settings);

}  // namespace octavo::sim::train
