// What gradients tell of a step, tensor by tensor, so that it does not matter who holds which tensor.
#pragma once

#include <span>
#include <vector>

#include "scaling/loss_scale.h"

namespace octavo::sim::train {

/// Of one tensor, or of several together.
struct GradientSums {
  double squares = 0.0;  ///< their sum
  scaling::GradientObservation seen;
};

/// Of each tensor alone: sums start anew at each, over fixed pieces, ascending, and do not depend on threads.
std::vector<GradientSums> sum_gradients(const scaling::LossScale& policy,
                                        std::span<const std::span<const float>> tensors);

/// Of all tensors, added up in their order.
GradientSums total(std::span<const GradientSums> tensors);

}  // namespace octavo::sim::train
