// Logits of two streams, row by row.
#include "experiments/evaluation/eval/divergence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "machine/share.h"
#include "sim/model/scored_rows.h"
#include "sim/nn/elementwise/elementary.h"
#include "sim/nn/loss.h"

namespace octavo::experiments {
namespace {

using sim::model::ScoredRows;
using sim::model::Transformer;

constexpr std::int64_t kRows = 256;  // logits held at a time, of each of the two

std::span<const std::int32_t> targets_of(const Subject& subject, std::size_t micro_batch) {
  return subject.micro_batches[micro_batch].targets;
}

void add_scores(const std::vector<sim::nn::TokenScore>& tokens, std::span<const std::int32_t> targets, Scores& to) {
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    if (targets[t] == sim::nn::kNotScored) continue;
    to.loss.push_back(tokens[t].loss);
    to.correct.push_back(tokens[t].correct ? 1 : 0);
  }
}

/// One micro-batch: scores of `x`, and its difference from `reference`, at the scored positions.
void add_beside(const Transformer<float>& model, const float* reference, const float* x,
                std::span<const std::int32_t> targets, Pass& to) {
  const std::int64_t width = model.config().width, vocabulary = model.config().vocabulary;
  const ScoredRows<float> expected(reference, targets, width), scored(x, targets, width);
  const auto held = std::make_unique_for_overwrite<float[]>(
      static_cast<std::size_t>(2 * std::min(scored.count(), kRows) * vocabulary));
  for (std::int64_t start = 0; start < scored.count(); start += kRows) {
    const std::int64_t count = std::min(kRows, scored.count() - start);
    float* there = held.get();
    float* here = held.get() + count * vocabulary;
    model.logits(expected.x + start * width, count, there);
    model.logits(scored.x + start * width, count, here);
    std::vector<sim::nn::TokenScore> tokens(static_cast<std::size_t>(count));
    std::vector<LogitDifference> differences(static_cast<std::size_t>(count));
    constexpr double kEntry = 20.0;  // ns
    machine::share(count, kEntry * static_cast<double>(vocabulary), [&](std::int64_t i) {
      const auto row = static_cast<std::size_t>(i);
      const float* logits = here + i * vocabulary;
      tokens[row] = sim::nn::score(logits, vocabulary, scored.target[static_cast<std::size_t>(start + i)]);
      differences[row] = difference_of(there + i * vocabulary, logits, vocabulary);
    });
    for (std::size_t row = 0; row < tokens.size(); ++row) {
      to.scores.loss.push_back(tokens[row].loss);
      to.scores.correct.push_back(tokens[row].correct ? 1 : 0);
      to.divergence.kl.push_back(static_cast<float>(differences[row].kl));
      to.divergence.agrees.push_back(differences[row].agrees ? 1 : 0);
    }
  }
}

}  // namespace

LogitDifference difference_of(const float* reference, const float* logits, std::int64_t vocabulary) {
  const auto finite = [&](const float* row) {
    return std::all_of(row, row + vocabulary, [](float value) { return std::isfinite(value); });
  };
  if (!finite(reference) || !finite(logits)) return {std::numeric_limits<double>::quiet_NaN(), false};
  const float top_there = sim::nn::largest(reference, vocabulary), top_here = sim::nn::largest(logits, vocabulary);
  const double total_there = sim::nn::sum_exp(reference, top_there, vocabulary);
  const double total_here = sim::nn::sum_exp(logits, top_here, vocabulary);
  // sum p (log p - log q) with log p = reference - top_there - log total_there, and log q likewise.
  const double shift = static_cast<double>(top_here) - static_cast<double>(top_there) + sim::nn::log(total_here) -
                       sim::nn::log(total_there);
  double sum = 0.0;
  for (std::int64_t i = 0; i < vocabulary; ++i) {
    const double there = static_cast<double>(reference[i]);
    sum += sim::nn::exp(there - static_cast<double>(top_there)) * (there - static_cast<double>(logits[i]) + shift);
  }
  return {std::max(0.0, sum / total_there), std::find(reference, reference + vocabulary, top_there) - reference ==
                                                std::find(logits, logits + vocabulary, top_here) - logits};
}

Pass score_and_keep(Transformer<float>& model, const Subject& subject, sim::nn::CastObserver* observer, Streams* kept,
                    const Advance& advance) {
  Pass pass;
  if (kept != nullptr) kept->resize(subject.micro_batches.size());
  for_each_stream(model, subject, observer, advance, [&](std::size_t i, const std::vector<float>& x) {
    const std::span<const std::int32_t> targets = targets_of(subject, i);
    std::vector<sim::nn::TokenScore> tokens(targets.size());
    model.score(x.data(), targets, tokens.data());
    add_scores(tokens, targets, pass.scores);
    if (kept != nullptr) (*kept)[i] = x;
  });
  return pass;
}

Pass score_beside(Transformer<float>& model, const Subject& subject, const Streams& baseline,
                  sim::nn::CastObserver* observer, const Advance& advance) {
  Pass pass;
  for_each_stream(model, subject, observer, advance, [&](std::size_t i, const std::vector<float>& x) {
    add_beside(model, baseline[i].data(), x.data(), targets_of(subject, i), pass);
  });
  return pass;
}

}  // namespace octavo::experiments
