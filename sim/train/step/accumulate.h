// A step's first part: forward and backward of its micro-batches, one after the other, into one set of gradients.
#pragma once

#include <cstdint>
#include <span>

#include "sim/model/micro_batch.h"
#include "sim/model/transformer.h"

namespace octavo::sim::train {

/// What the micro-batches of a step have in common.
struct StepPass {
  std::int64_t tokens = 0;  ///< that the step scores, at least 1
  double loss_scale = 1.0;
  double dropout = 0.0;
  std::uint64_t key = 0;  ///< of the step's dropout; each micro-batch draws by its number
};

/// Overwrites `gradients` with the derivatives of the mean of -log p over the step's tokens, times the loss scale, and
/// returns that mean without the scale, in nats a token. `observer` sees the casts. The model
/// follows `recipe`; the histories of delayed scaling advance. `tape` is memory to use again.
double accumulate(model::Transformer<float>& model, const scaling::Recipe& recipe,
                  std::span<const model::MicroBatch> micro_batches, const StepPass& pass, model::Tape<float>& tape,
                  model::Gradients<float>& gradients, nn::CastObserver* observer);

}  // namespace octavo::sim::train
