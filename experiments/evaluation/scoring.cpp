// Passes over a subject, each without what delayed scaling knows from others.
#include "experiments/evaluation/scoring.h"

#include <utility>

namespace octavo::experiments {
namespace {

using sim::model::Transformer;

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

sim::model::Scored share_of(const Subject& subject, const Advance& advance) {
  return [&](std::int64_t scored) { advance(static_cast<double>(scored) / static_cast<double>(subject.tokens)); };
}

}  // namespace

Scores score_subject(Transformer<float>& model, const Subject& subject, sim::nn::CastObserver* observer,
                     const Advance& advance) {
  const FreshHistories fresh(model);
  return sim::model::score(model, subject.micro_batches, observer, share_of(subject, advance));
}

void for_each_stream(Transformer<float>& model, const Subject& subject, sim::nn::CastObserver* observer,
                     const Advance& advance,
                     const std::function<void(std::size_t i, const std::vector<float>& x)>& finished) {
  const FreshHistories fresh(model);
  std::vector<float> x;
  for (std::size_t i = 0; i < subject.micro_batches.size(); ++i) {
    const sim::model::Batch& batch = subject.micro_batches[i].batch;
    model.embed(batch, x);
    model.decode(batch, 0, model.config().layers, x.data(), observer);
    finished(i, x);
    advance(static_cast<double>(i + 1) / static_cast<double>(subject.micro_batches.size()));
  }
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

Scores score_subject_from(Transformer<float>& model, const Subject& subject, std::int64_t first, const Streams& streams,
                          sim::nn::CastObserver* observer, const Advance& advance) {
  const FreshHistories fresh(model);
  const sim::model::Stream kept = [&](std::size_t i, std::vector<float>& x) { x = streams[i]; };
  return sim::model::score(model, subject.micro_batches, first, kept, observer, share_of(subject, advance));
}

}  // namespace octavo::experiments
