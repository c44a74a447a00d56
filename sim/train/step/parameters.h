// A model's parameters in one buffer that an optimizer may write to, and the tensors of buffers laid out like it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/model/gradients.h"
#include "sim/model/weights.h"

namespace octavo::sim::train {

/// One parameter tensor: its place in the buffer, which is also its place in Gradients::values.
struct Slot {
  std::string name;
  std::int64_t layer = -1;
  std::vector<std::int64_t> shape;
  std::size_t offset = 0;
  std::size_t count = 0;

  bool matrix() const { return shape.size() > 1; }  ///< weight decay is for these
};

struct Parameters {
  std::shared_ptr<std::vector<float>> values;
  std::shared_ptr<const model::Weights> weights;  ///< views of `values`
  std::vector<Slot> slots;
};

/// A copy of `weights`.
Parameters copy_parameters(const model::Weights& weights);

/// A buffer that is laid out as the parameters, tensor by tensor.
template <class T>
std::vector<std::span<T>> by_tensor(const std::vector<Slot>& slots, std::span<T> buffer) {
  std::vector<std::span<T>> tensors;
  for (const Slot& slot : slots) tensors.push_back(buffer.subspan(slot.offset, slot.count));
  return tensors;
}

}  // namespace octavo::sim::train
