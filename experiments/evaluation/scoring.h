// Scoring what is evaluated: from its tokens, or from residual streams that a sweep by layer keeps.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "experiments/evaluation/subject.h"
#include "sim/model/scores.h"

namespace octavo::experiments {

using sim::model::Scores;

/// Called after each micro-batch with the share of the work done, in [0, 1].
using Advance = std::function<void(double)>;

/// The share of the work done, in [0, 1], and what is being computed.
using Progress = std::function<void(double, const std::string&)>;

/// Scores the subject under the recipe that the model follows. Delayed scaling starts without a history, and has the
/// one that it had before afterwards.
Scores score_subject(sim::model::Transformer<float>& model, const Subject& subject, sim::nn::CastObserver* observer,
                     const Advance& advance);

/// Takes every micro-batch through the decoders, in order and from fresh histories; `finished(i, x)` is called with the
/// residual stream x of micro-batch i after the last one.
void for_each_stream(sim::model::Transformer<float>& model, const Subject& subject, sim::nn::CastObserver* observer,
                     const Advance& advance,
                     const std::function<void(std::size_t i, const std::vector<float>& x)>& finished);

/// The residual streams of all micro-batches at one layer.
using Streams = std::vector<std::vector<float>>;

Streams embed(sim::model::Transformer<float>& model, const Subject& subject);

/// Takes every stream through decoders first..last-1.
void advance_streams(sim::model::Transformer<float>& model, const Subject& subject, std::int64_t first,
                     std::int64_t last, Streams& streams);

/// Scores the subject from decoder `first` on, given the streams before it, which stay as they are.
Scores score_subject_from(sim::model::Transformer<float>& model, const Subject& subject, std::int64_t first,
                          const Streams& streams, sim::nn::CastObserver* observer, const Advance& advance);

}  // namespace octavo::experiments
