// The update of the parameters whose optimizer state is here, by a step's gradients.
#pragma once

#include <span>
#include <vector>

#include "sim/train/step/adamw.h"
#include "sim/train/step/optimizer_tensor.h"

namespace octavo::sim::train {

/// AdamW over each parameter that `owned` has the moments of, and over no other. `values` and `gradients` are all
/// parameters', by their number; weight `decay` is for matrices only. Models that hold casts of the weights must be
/// told (weights_changed).
void update(const std::vector<Slot>& slots, std::span<const std::span<float>> values,
            std::span<const std::span<const float>> gradients, std::vector<OptimizerTensor>& owned, const AdamW& rule,
            double decay);

}  // namespace octavo::sim::train
