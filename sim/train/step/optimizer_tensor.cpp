// Moments before the first update.
#include "sim/train/step/optimizer_tensor.h"

namespace octavo::sim::train {

std::vector<OptimizerTensor> fresh_optimizer(const std::vector<Slot>& slots) {
  std::vector<OptimizerTensor> tensors;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const std::vector<float> zeros(slots[i].count);
    tensors.push_back({i, zeros, zeros});
  }
  return tensors;
}

std::size_t count(const KeptNumbers& numbers) {
  return std::visit([](const auto& kept) { return kept.size(); }, numbers);
}

}  // namespace octavo::sim::train
