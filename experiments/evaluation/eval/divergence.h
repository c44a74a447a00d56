// How far a recipe's predictions are from the baseline's, token by token.
#pragma once

#include <cstdint>
#include <vector>

#include "experiments/evaluation/scoring.h"
#include "experiments/evaluation/subject.h"

namespace octavo::experiments {

/// Two rows of logits.
struct LogitDifference {
  double kl = 0.0;     ///< KL(softmax(reference) || softmax(logits)), nats, at least 0; NaN if a logit is not finite
  bool agrees = true;  ///< both have the same largest (the lowest index among equals); false if one is not finite
};

/// Sums in binary64, in ascending order.
LogitDifference difference_of(const float* reference, const float* logits, std::int64_t vocabulary);

/// By scored token, in the order of the micro-batches.
struct Divergence {
  std::vector<float> kl;
  std::vector<std::uint8_t> agrees;
};

/// A pass over a subject.
struct Pass {
  Scores scores;
  Divergence divergence;  ///< empty without a reference
};

/// Scores the subject under the recipe that the model follows, as score_subject does, with the same bits. `kept`, if
/// given, gets the residual streams after the last decoder: 4 bytes x width of the model x tokens.
Pass score_and_keep(sim::model::Transformer<float>& model, const Subject& subject, sim::nn::CastObserver* observer,
                    Streams* kept, const Advance& advance);

/// The same beside the streams of a baseline of the same baseline type, whose logits are computed again from them, 256
/// positions at a time: one more product of the head, and two exponentials an entry of the vocabulary.
Pass score_beside(sim::model::Transformer<float>& model, const Subject& subject, const Streams& baseline,
                  sim::nn::CastObserver* observer, const Advance& advance);

}  // namespace octavo::experiments
