// What a model makes of the tokens of micro-batches, token by token.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "sim/model/micro_batch.h"
#include "sim/model/transformer.h"

namespace octavo::sim::model {

struct Scores {
  std::vector<float> loss;            ///< nats, by scored token, in the order of the micro-batches
  std::vector<std::uint8_t> correct;  ///< 1 where the model ranks the token first

  /// Of one token at least; sums in binary64, in order.
  double mean_loss() const;
  double accuracy() const;
};

/// Fills x with the residual stream of micro-batch i.
using Stream = std::function<void(std::size_t i, std::vector<float>& x)>;

/// Called after each micro-batch with the tokens scored so far.
using Scored = std::function<void(std::int64_t)>;

/// Takes every micro-batch from decoder `first` to the end, under the recipe and the histories that the model has;
/// `before` gives the streams before that decoder. Positions whose target is nn::kNotScored are left out.
Scores score(Transformer<float>& model, std::span<const MicroBatch> micro_batches, std::int64_t first,
             const Stream& before, nn::CastObserver* observer, const Scored& scored);

/// The same from the tokens on.
Scores score(Transformer<float>& model, std::span<const MicroBatch> micro_batches, nn::CastObserver* observer,
             const Scored& scored);

}  // namespace octavo::sim::model
