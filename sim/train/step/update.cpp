// Tensor by tensor.
#include "sim/train/step/update.h"

namespace octavo::sim::train {

void update(const std::vector<Slot>& slots, std::span<const std::span<float>> values,
            std::span<const std::span<const float>> gradients, std::vector<OptimizerTensor>& owned, const AdamW& rule,
            double decay) {
  for (OptimizerTensor& tensor : owned) {
    const std::size_t i = tensor.parameter;
    std::visit(
        [&](auto& first, auto& second) {
          adamw({values[i], gradients[i], first, second}, rule, slots[i].matrix() ? decay : 0.0);
        },
        tensor.first, tensor.second);
  }
}

}  // namespace octavo::sim::train
