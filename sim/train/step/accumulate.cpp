// Micro-batch by micro-batch.
#include "sim/train/step/accumulate.h"

#include <algorithm>

#include "sim/nn/random.h"

namespace octavo::sim::train {

double accumulate(model::Transformer<float>& model, const scaling::Recipe& recipe,
                  std::span<const model::MicroBatch> micro_batches, const StepPass& pass, model::Tape<float>& tape,
                  model::Gradients<float>& gradients, nn::CastObserver* observer) {
  std::fill(gradients.values.begin(), gradients.values.end(), 0.0F);
  const auto factor = static_cast<float>(pass.loss_scale / static_cast<double>(pass.tokens));
  double loss = 0.0;
  for (std::size_t i = 0; i < micro_batches.size(); ++i) {
    if (i > 0) model.apply(recipe, false, true);  // weights whose scale moved at the end of the last one
    loss += model.accumulate(micro_batches[i].batch, micro_batches[i].targets, factor,
                             {pass.dropout, nn::hash(pass.key, i)}, tape, gradients, observer);
    model.advance_histories(scaling::Advance::micro_batch);
  }
  model.advance_histories(scaling::Advance::step);
  return loss / static_cast<double>(pass.tokens);
}

}  // namespace octavo::sim::train
