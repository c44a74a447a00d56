// Runs a model over micro-batches and keeps each token's score.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "experiments/evaluation/subject.h"

namespace octavo::experiments {

struct Scores {
  std::vector<float> loss;            ///< nats, by token, in the order of the text
  std::vector<std::uint8_t> correct;  ///< 1 where the model ranks the token first

  double mean_loss() const;
  double accuracy() const;
};

/// Called after each micro-batch with the share of the work done, in [0, 1].
using Advance = std::function<void(double)>;

/// Scores every micro-batch of the subject under the recipe that the model follows; positions whose target is
/// sim::nn::kNotScored are left out.
Scores evaluate(sim::model::Transformer<float>& model, const Subject& subject, sim::nn::CastObserver* observer,
                const Advance& advance);

/// The residual streams of all micro-batches at one layer: what a sweep by layer keeps.
using Streams = std::vector<std::vector<float>>;

Streams embed(sim::model::Transformer<float>& model, const Subject& subject);

/// Takes every stream through decoders first..last-1.
void advance_streams(sim::model::Transformer<float>& model, const Subject& subject, std::int64_t first,
                     std::int64_t last, Streams& streams);

/// Scores the model from decoder `first` on, given the streams before it, which stay as they are.
Scores evaluate_from(sim::model::Transformer<float>& model, const Subject& subject, std::int64_t first,
                     const Streams& streams, sim::nn::CastObserver* observer, const Advance& advance);

}  // namespace octavo::experiments
