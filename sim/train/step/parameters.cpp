// Gathering a model's tensors.
#include "sim/train/step/parameters.h"

#include <algorithm>

namespace octavo::sim::train {

Parameters copy_parameters(const model::Weights& weights) {
  Parameters result;
  std::size_t total = 0;
  model::visit_parameters(weights.config, weights, [&](const model::ParameterName& name, const file::Tensor& tensor) {
    result.slots.push_back({name.name, name.layer, tensor.shape, total, tensor.values.size()});
    total += tensor.values.size();
  });
  result.values = std::make_shared<std::vector<float>>(total);
  auto copy = std::make_shared<model::Weights>(weights);
  auto slot = result.slots.begin();
  model::visit_parameters(copy->config, *copy, [&](const model::ParameterName&, file::Tensor& tensor) {
    float* place = result.values->data() + slot++->offset;
    std::copy(tensor.values.begin(), tensor.values.end(), place);
    if (!tensor.empty()) tensor = {tensor.shape, {place, tensor.values.size()}, result.values};
  });
  if (copy->config.tied_head) copy->head.weight = copy->token_embedding;
  result.weights = copy;
  std::erase_if(result.slots, [](const Slot& each) { return each.count == 0; });
  return result;
}

}  // namespace octavo::sim::train
