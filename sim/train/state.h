// What training carries from step to step besides the parameters.
#pragma once

#include <cstdint>
#include <vector>

#include "scaling/loss_scale.h"
#include "sim/nn/linear/linear.h"
#include "sim/train/step/optimizer_tensor.h"

namespace octavo::sim::train {

/// Everything that a resumed run needs besides what it was started with.
struct State {
  std::int64_t step = 0;     ///< steps done
  std::int64_t updates = 0;  ///< ... that were not skipped
  scaling::LossScaleState loss_scale;
  std::vector<OptimizerTensor> optimizer;    ///< in the parameters' order; alone, of all of them
  std::vector<nn::LinearHistory> histories;  ///< of delayed scaling, a linear layer each
};

}  // namespace octavo::sim::train
