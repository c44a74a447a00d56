// The training step as a line: accumulate, judge, update.
#include "sim/train/trainer.h"

#include <fmt/format.h>

#include <algorithm>

#include "messages/error.h"
#include "sim/model/scores.h"
#include "sim/nn/baseline.h"
#include "sim/nn/random.h"
#include "sim/train/loss_scale.h"
#include "sim/train/schedule.h"
#include "sim/train/step/gradient_sums.h"
#include "sim/train/step/judge.h"
#include "sim/train/step/update.h"

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

scaling::Baseline master_type(Master master) {
  return master == Master::fp16 ? scaling::Baseline::fp16 : scaling::Baseline::fp32;
}

bool same_tensors(const std::vector<OptimizerTensor>& a, const std::vector<OptimizerTensor>& b) {
  return std::ranges::equal(a, b, [](const OptimizerTensor& x, const OptimizerTensor& y) {
    return x.parameter == y.parameter && count(x.first) == count(y.first) && count(x.second) == count(y.second);
  });
}

/// In training weights have a past, too.
std::vector<nn::LinearHistory> fresh_histories(std::size_t layers) {
  nn::LinearHistory fresh;
  fresh.weight.emplace();
  return std::vector<nn::LinearHistory>(layers, fresh);
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
      gradients_(*parameters_.weights),
      values_by_tensor_(by_tensor(parameters_.slots, std::span<float>(*parameters_.values))),
      gradients_by_tensor_(by_tensor(parameters_.slots, std::span<const float>(gradients_.values))) {
  nn::round_to(master_type(settings_.master), parameters_.values->data(),
               static_cast<std::int64_t>(parameters_.values->size()));
  state_.loss_scale = scaling::start(loss_scaling_);
  state_.optimizer = fresh_optimizer(parameters_.slots);
  state_.histories = fresh_histories(model_.histories().size());
  model_.exchange_histories(state_.histories);
  model_.apply(recipe_, false, true);
}

void Trainer::restore(std::span<const float> values, State state) {
  const std::size_t count = parameters_.values->size();
  if (values.size() != count || !same_tensors(state.optimizer, state_.optimizer) ||
      state.histories.size() != state_.histories.size())
    throw Error(
        fmt::format("checkpoint: it holds {} parameters, this model has {}; resume with the configuration "
                    "that the checkpoint was made with",
                    values.size(), count));
  std::copy(values.begin(), values.end(), parameters_.values->begin());
  state_ = std::move(state);
  model_.exchange_histories(state_.histories);
  model_.weights_changed(weights_number());
  model_.apply(recipe_, false, true);
}

// What stochastic rounding of the weights draws by: they change with each update.
std::uint64_t Trainer::weights_number() const {
  return nn::hash(settings_.seed, static_cast<std::uint64_t>(state_.updates));
}

std::vector<model::MicroBatch> Trainer::draw() {
  std::vector<model::MicroBatch> result(static_cast<std::size_t>(settings_.accumulation));
  std::int64_t number = state_.step * settings_.batch * settings_.accumulation;
  for (model::MicroBatch& micro : result) {
    micro.batch.number = nn::hash(settings_.seed, static_cast<std::uint64_t>(number));
    for (std::int64_t i = 0; i < settings_.batch; ++i) micro.add(windows_[static_cast<std::size_t>(order_[number++])]);
  }
  return result;
}

// Computes the step once more, looking at every tensor.
Divergence Trainer::find_divergence(const std::vector<model::MicroBatch>& micro_batches, const StepPass& pass,
                                    double loss) {
  FiniteCheck finite;
  model_.exchange_histories(state_.histories);
  accumulate(model_, recipe_, micro_batches, pass, tape_, gradients_, &finite);
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
  const StepPass pass{result.tokens, result.loss_scale, settings_.dropout,
                      nn::hash(nn::hash(settings_.seed, 0xD209), static_cast<std::uint64_t>(state_.step))};
  model_.apply(recipe_, observer != nullptr, true);
  if (observer != nullptr) model_.observe_weights(*observer);
  result.loss = accumulate(model_, recipe_, micro_batches, pass, tape_, gradients_, observer);

  const std::vector<GradientSums> sums = sum_gradients(loss_scaling_, gradients_by_tensor_);
  const Verdict verdict =
      judge(result.loss, total(sums), loss_scaling_, state_.loss_scale, {settings_.clip, model_.config().vocabulary});
  result.gradient_norm = verdict.gradient_norm;
  if (verdict.ruling == Ruling::stop) {
    result.divergence = find_divergence(micro_batches, pass, result.loss);
    return result;
  }
  state_.loss_scale = verdict.loss_scale;
  result.skipped = verdict.ruling == Ruling::skip;

  if (!result.skipped) {
    ++state_.updates;
    const AdamW rule{result.learning_rate,
                     settings_.beta1,
                     settings_.beta2,
                     settings_.epsilon,
                     state_.updates,
                     verdict.factor,
                     master_type(settings_.master)};
    update(parameters_.slots, values_by_tensor_, gradients_by_tensor_, state_.optimizer, rule, settings_.weight_decay);
    model_.weights_changed(weights_number());
  }
  state_.histories = model_.histories();
  ++state_.step;
  return result;
}

Evaluation Trainer::evaluate(std::span<const text::Window> windows) {
  model_.apply(recipe_, false, true);
  const model::Scores scores =
      model::score(model_, model::micro_batches(windows, settings_.batch), nullptr, [](std::int64_t) {});
  model_.exchange_histories(state_.histories);  // the casts of training do not see held-out windows
  return {scores.mean_loss(), scores.accuracy(), static_cast<std::int64_t>(scores.loss.size())};
}

}  // namespace octavo::sim::train
