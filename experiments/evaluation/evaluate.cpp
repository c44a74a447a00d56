// Forward passes over micro-batches.
#include "experiments/evaluation/evaluate.h"

#include <numeric>
#include <utility>

namespace octavo::experiments {
namespace {

using sim::model::Transformer;

void append_scores(const Transformer<float>& model, const MicroBatch& micro, const std::vector<float>& x,
                   Scores& scores) {
  std::vector<sim::nn::TokenScore> tokens(micro.targets.size());
  model.score(x.data(), micro.targets, tokens.data());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (micro.targets[i] == sim::nn::kNotScored) continue;
    scores.loss.push_back(tokens[i].loss);
    scores.correct.push_back(tokens[i].correct ? 1 : 0);
  }
}

/// Delayed scaling knows nothing of other evaluations, and of training what it knew before.
class FreshHistories {
 public:
  explicit FreshHistories(Transformer<float>& model) : model_(model), before_(model.exchange_histories()) {}
  ~FreshHistories() { model_.exchange_histories(std::move(before_)); }
  FreshHistories(const FreshHistories&) = delete;
  FreshHistories& operator=(const FreshHistories&) = delete;

 private:
  Transformer<float>& model_;
  std::vector<sim::nn::LinearHistory> before_;
};

}  // namespace

double Scores::mean_loss() const {
  double sum = 0.0;
  for (const float value : loss) sum += static_cast<double>(value);
  return sum / static_cast<double>(loss.size());
}

double Scores::accuracy() const {
  return static_cast<double>(std::accumulate(correct.begin(), correct.end(), std::int64_t{0})) /
         static_cast<double>(correct.size());
}

Scores evaluate(Transformer<float>& model, const Subject& subject, sim::nn::CastObserver* observer,
                const Advance& advance) {
  const FreshHistories fresh(model);
  Scores scores;
  std::vector<float> x;
  for (const MicroBatch& micro : subject.micro_batches) {
    model.embed(micro.batch, x);
    model.decode(micro.batch, 0, model.config().layers, x.data(), observer);
    append_scores(model, micro, x, scores);
    advance(static_cast<double>(scores.loss.size()) / static_cast<double>(subject.tokens));
  }
  return scores;
}

Streams embed(Transformer<float>& model, const Subject& subject) {
  Streams streams(subject.micro_batches.size());
  for (std::size_t i = 0; i < streams.size(); ++i) model.embed(subject.micro_batches[i].batch, streams[i]);
  return streams;
}

void advance_streams(Transformer<float>& model, const Subject& subject, std::int64_t first, std::int64_t last,
                     Streams& streams) {
  const FreshHistories fresh(model);
  for (std::size_t i = 0; i < streams.size(); ++i)
    model.decode(subject.micro_batches[i].batch, first, last, streams[i].data());
}

Scores evaluate_from(Transformer<float>& model, const Subject& subject, std::int64_t first, const Streams& streams,
                     sim::nn::CastObserver* observer, const Advance& advance) {
  const FreshHistories fresh(model);
  Scores scores;
  std::vector<float> x;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const MicroBatch& micro = subject.micro_batches[i];
    x = streams[i];
    model.decode(micro.batch, first, model.config().layers, x.data(), observer);
    append_scores(model, micro, x, scores);
    advance(static_cast<double>(scores.loss.size()) / static_cast<double>(subject.tokens));
  }
  return scores;
}

}  // namespace octavo::experiments
