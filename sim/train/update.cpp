// Tensor by tensor.
#include "sim/train/update.h"

#include "sim/train/adamw.h"

namespace octavo::sim::train {

void update(Parameters& parameters, State& state, std::span<const float> gradients, const Settings& settings,
            double rate, float factor) {
  ++state.updates;
  for (const Slot& slot : parameters.slots)
    adamw({std::span(*parameters.values).subspan(slot.offset, slot.count), gradients.subspan(slot.offset, slot.count),
           std::span(state.first).subspan(slot.offset, slot.count),
           std::span(state.second).subspan(slot.offset, slot.count)},
          settings, rate, state.updates, factor, slot.matrix ? settings.weight_decay : 0.0);
}

}  // namespace octavo::sim::train
