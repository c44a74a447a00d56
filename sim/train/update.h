// The update of all parameters by a step's gradients.
#pragma once

#include <span>

#include "sim/train/parameters.h"
#include "sim/train/settings.h"
#include "sim/train/state.h"

namespace octavo::sim::train {

/// AdamW over every tensor, at `rate`, with gradients (laid out as the parameters) times `factor`; weight decay for
/// matrices only. Counts the update. Models that hold casts of the weights must be told (weights_changed).
void update(Parameters& parameters, State& state, std::span<const float> gradients, const Settings& settings,
            double rate, float factor);

}  // namespace octavo::sim::train
