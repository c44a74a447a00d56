// A model's parameters in one buffer that an optimizer may write to.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/model/gradients.h"
#include "sim/model/weights.h"

namespace octavo::sim::train {

/// One parameter tensor: its place in the buffer, which is also its place in Gradients::values.
struct Slot {
  std::string name;
  std::int64_t layer = -1;
  std::size_t offset = 0;
  std::size_t count = 0;
  bool matrix = false;  ///< weight decay is for these
};

struct Parameters {
  std::shared_ptr<std::vector<float>> values;
  std::shared_ptr<const model::Weights> weights;  ///< views of `values`
  std::vector<Slot> slots;
};

/// A copy of `weights`.
Parameters copy_parameters(const model::Weights& weights);

}  // namespace octavo::sim::train
