// Forward passes over micro-batches.
#include "sim/model/scores.h"

#include <numeric>

namespace octavo::sim::model {

double Scores::mean_loss() const {
  double sum = 0.0;
  for (const float value : loss) sum += static_cast<double>(value);
  return sum / static_cast<double>(loss.size());
}

double Scores::accuracy() const {
  return static_cast<double>(std::accumulate(correct.begin(), correct.end(), std::int64_t{0})) /
         static_cast<double>(correct.size());
}

Scores score(Transformer<float>& model, std::span<const MicroBatch> micro_batches, std::int64_t first,
             const Stream& before, nn::CastObserver* observer, const Scored& scored) {
  Scores scores;
  std::vector<float> x;
  for (std::size_t i = 0; i < micro_batches.size(); ++i) {
    const MicroBatch& micro = micro_batches[i];
    before(i, x);
    model.decode(micro.batch, first, model.config().layers, x.data(), observer);
    std::vector<nn::TokenScore> tokens(micro.targets.size());
    model.score(x.data(), micro.targets, tokens.data());
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      if (micro.targets[t] == nn::kNotScored) continue;
      scores.loss.push_back(tokens[t].loss);
      scores.correct.push_back(tokens[t].correct ? 1 : 0);
    }
    scored(static_cast<std::int64_t>(scores.loss.size()));
  }
  return scores;
}

Scores score(Transformer<float>& model, std::span<const MicroBatch> micro_batches, nn::CastObserver* observer,
             const Scored& scored) {
  const Stream embedded = [&](std::size_t i, std::vector<float>& x) { model.embed(micro_batches[i].batch, x); };
  return score(model, micro_batches, 0, embedded, observer, scored);
}

}  // namespace octavo::sim::model
