// The training step: accumulate, judge, update.
#include "sim/train/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "machine/share.h"
#include "messages/error.h"
#include "sim/model/scores.h"
#include "sim/nn/baseline.h"
#include "sim/nn/random.h"
#include "sim/train/judge.h"
#include "sim/train/loss_scale.h"
#include "sim/train/schedule.h"
#include "sim/train/update.h"

namespace octavo::sim::train {
namespace {

std::vector<text::Window> checked(std::vector<text::Window> windows, const Settings& settings) {
  check(settings);
  const std::int64_t needed = settings.batch * settings.accumulation;
  if (static_cast<std::int64_t>(windows.size()) < needed)
    throw Error(
        fmt::format("training: the text gives {} sequences, a step takes {} (batch {} x accumulation {}); give more "
                    "text, a shorter context or a smaller batch",
                    windows.size(), needed, settings.batch, settings.accumulation));
  for (const text::Window& window : windows)
    if (text::scored(window.target) == 0) throw Error("training: a sequence has no token to predict; leave it out");
  return windows;
}

}  // namespace

Trainer::Trainer(const model::Weights& start, const Settings& settings, const scaling::Recipe& recipe,
                 std::vector<text::Window> windows)
    : settings_(settings),
      recipe_(recipe),
      loss_scaling_(loss_scale_policy(settings)),
      windows_(checked(std::move(windows), settings)),
      order_(settings.seed, static_cast<std::int64_t>(windows_.size())),
      parameters_(copy_parameters(start)),
      model_(parameters_.weights),
      gradients_(*parameters_.weights) {
  if (settings_.master == Master::fp16)
    nn::round_to(scaling::Baseline::fp16, parameters_.values->data(),
                 static_cast<std::int64_t>(parameters_.values->size()));
  state_.loss_scale = scaling::start(loss_scaling_);
  state_.first.resize(parameters_.values->size());
  state_.second.resize(parameters_.values->size());
  state_.histories = model_.histories();
  model_.apply(recipe_, false);
}

void Trainer::restore(std::span<const float> values, State state) {
  const std::size_t count = parameters_.values->size();
  if (values.size() != count || state.first.size() != count || state.second.size() != count ||
      state.histories.size() != state_.histories.size())
    throw Error(
        fmt::format("checkpoint: it holds {} parameters, this model has {}; resume with the configuration "
                    "that the checkpoint was made with",
                    values.size(), count));
  std::copy(values.begin(), values.end(), parameters_.values->begin());
  state_ = std::move(state);
  model_.exchange_histories(state_.histories);
  model_.weights_changed();
  model_.apply(recipe_, false);
}

std::vector<model::MicroBatch> Trainer::draw() {
  std::vector<model::MicroBatch> result(static_cast<std::size_t>(settings_.accumulation));
  std::int64_t number = state_.step * settings_.batch * settings_.accumulation;
  for (model::MicroBatch& micro : result)
    for (std::int64_t i = 0; i < settings_.batch; ++i) micro.add(windows_[static_cast<std::size_t>(order_[number++])]);
  return result;
}

double Trainer::accumulate(const std::vector<model::MicroBatch>& micro_batches, std::int64_t tokens,
                           nn::CastObserver* observer) {
  std::fill(gradients_.values.begin(), gradients_.values.end(), 0.0F);
  const auto factor = static_cast<float>(state_.loss_scale.scale / static_cast<double>(tokens));
  const std::uint64_t key = nn::hash(nn::hash(settings_.seed, 0xD209), static_cast<std::uint64_t>(state_.step));
  double loss = 0.0;
  for (std::size_t i = 0; i < micro_batches.size(); ++i)
    loss += model_.accumulate(micro_batches[i].batch, micro_batches[i].targets, factor,
                              {settings_.dropout, nn::hash(key, i)}, tape_, gradients_, observer);
  return loss / static_cast<double>(tokens);
}

// Computes the step once more, looking at every tensor.
Divergence Trainer::find_divergence(const std::vector<model::MicroBatch>& micro_batches, std::int64_t tokens,
                                    double loss) {
  FiniteCheck finite;
  model_.exchange_histories(state_.histories);
  accumulate(micro_batches, tokens, &finite);
  model_.exchange_histories(state_.histories);
  return describe_divergence(state_.step, loss, finite, parameters_.slots, gradients_.values);
}

StepResult Trainer::step(nn::CastObserver* observer) {
  StepResult result;
  result.step = state_.step;
  result.learning_rate = learning_rate(settings_, state_.step);
  result.loss_scale = state_.loss_scale.scale;
  const std::vector<model::MicroBatch> micro_batches = draw();
  for (const model::MicroBatch& micro : micro_batches) result.tokens += micro.scored();
  model_.apply(recipe_, observer != nullptr);
  if (observer != nullptr) model_.observe_weights(*observer);
  result.loss = accumulate(micro_batches, result.tokens, observer);
  const Accumulated accumulated = measure(result.loss, result.loss_scale, loss_scaling_, gradients_.values);
  result.gradient_norm = accumulated.gradient_norm;
  if (diverged(accumulated, loss_scaling_, model_.config().vocabulary)) {
    result.divergence = find_divergence(micro_batches, result.tokens, result.loss);
    return result;
  }
  result.skipped = !scaling::update(loss_scaling_, state_.loss_scale, accumulated.seen);
  if (!result.skipped) {
    update(parameters_, state_, gradients_.values, settings_, result.learning_rate,
           gradient_factor(accumulated, settings_.clip));
    model_.weights_changed();
  }
  state_.histories = model_.histories();
  ++state_.step;
  return result;
}

Evaluation Trainer::evaluate(std::span<const text::Window> windows) {
  model_.apply(recipe_, false);
  const model::Scores scores =
      model::score(model_, model::micro_batches(windows, settings_.batch), nullptr, [](std::int64_t) {});
  model_.exchange_histories(state_.histories);  // the casts of training do not see held-out windows
  return {scores.mean_loss(), scores.accuracy(), static_cast<std::int64_t>(scores.loss.size())};
}

}  // namespace octavo::sim::train
