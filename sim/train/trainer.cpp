// The training step.
#include "sim/train/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "messages/error.h"
#include "sim/nn/baseline.h"
#include "sim/nn/elementwise/elementwise.h"
#include "sim/nn/random.h"
#include "sim/train/adamw.h"
#include "sim/train/finite_check.h"
#include "sim/train/loss_scale.h"
#include "sim/train/schedule.h"

namespace octavo::sim::train {
namespace {

constexpr std::size_t kPiece = 1 << 14;  // of the gradients, for sums that do not depend on threads

void require(bool holds, std::string_view name, double value, std::string_view range) {
  if (!holds) throw Error(fmt::format("training: {} is {}; give {}", name, value, range));
}

void check(const Settings& s) {
  const auto count = [](std::string_view name, std::int64_t value, std::int64_t least) {
    require(value >= least && value <= 1'000'000'000, name, static_cast<double>(value),
            least == 0 ? "0 to 1000000000" : "1 to 1000000000");
  };
  count("steps", s.steps, 1);
  count("batch", s.batch, 1);
  count("accumulation", s.accumulation, 1);
  count("warmup", s.warmup, 0);
  count("loss_scale_window", s.loss_scale_window, 0);
  require(s.dropout >= 0.0 && s.dropout < 1.0, "dropout", s.dropout, "0 to below 1");
  require(s.learning_rate > 0.0 && s.learning_rate <= 1e6, "learning_rate", s.learning_rate, "a positive number");
  require(s.final_rate >= 0.0 && s.final_rate <= 1.0, "final_rate", s.final_rate, "0 to 1");
  require(s.beta1 >= 0.0 && s.beta1 < 1.0, "beta1", s.beta1, "0 to below 1");
  require(s.beta2 >= 0.0 && s.beta2 < 1.0, "beta2", s.beta2, "0 to below 1");
  require(s.epsilon > 0.0 && s.epsilon <= 1.0, "epsilon", s.epsilon, "a positive number up to 1");
  require(s.weight_decay >= 0.0 && s.weight_decay <= 1e6, "weight_decay", s.weight_decay, "0 or a positive number");
  require(s.clip >= 0.0 && std::isfinite(s.clip), "clip", s.clip, "0 (none) or a positive number");
  require(s.loss_scale >= 0x1p-24 && s.loss_scale <= 0x1p24, "loss_scale", s.loss_scale, "2^-24 to 2^24");
}

std::vector<text::Window> checked(std::vector<text::Window> windows, const Settings& settings) {
  check(settings);
  const std::int64_t needed = settings.batch * settings.accumulation;
  if (static_cast<std::int64_t>(windows.size()) < needed)
    throw Error(
        fmt::format("training: the text gives {} sequences, a step takes {} (batch {} x accumulation {}); give more "
                    "text, a shorter context or a smaller batch",
                    windows.size(), needed, settings.batch, settings.accumulation));
  for (const text::Window& window : windows)
    if (std::ranges::all_of(window.target, [](std::int32_t target) { return target == nn::kNotScored; }))
      throw Error("training: a sequence has no token to predict; leave it out");
  return windows;
}

/// The first tensor of the parameters' gradients that is not finite; all of them lie in `slots`.
const Slot* first_non_finite(const std::vector<Slot>& slots, std::span<const float> gradients) {
  for (const Slot& slot : slots)
    if (!all_finite(gradients.subspan(slot.offset, slot.count))) return &slot;
  return nullptr;
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

std::vector<Trainer::MicroBatch> Trainer::draw() {
  std::vector<MicroBatch> result(static_cast<std::size_t>(settings_.accumulation));
  std::int64_t number = state_.step * settings_.batch * settings_.accumulation;
  for (MicroBatch& micro : result)
    for (std::int64_t i = 0; i < settings_.batch; ++i) {
      const text::Window& window = windows_[static_cast<std::size_t>(order_[number++])];
      micro.batch.add(window.input);
      micro.targets.insert(micro.targets.end(), window.target.begin(), window.target.end());
    }
  return result;
}

double Trainer::accumulate(const std::vector<MicroBatch>& micro_batches, std::int64_t tokens,
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

double Trainer::gradient_norm() const {
  const std::vector<float>& all = gradients_.values;
  const auto pieces = static_cast<std::int64_t>((all.size() + kPiece - 1) / kPiece);
  std::vector<double> sums(static_cast<std::size_t>(pieces));
#pragma omp parallel for schedule(static) if (pieces > 2)
  for (std::int64_t i = 0; i < pieces; ++i) {
    const std::size_t start = static_cast<std::size_t>(i) * kPiece;
    sums[static_cast<std::size_t>(i)] =
        nn::sum_squares(all.data() + start, 0.0, static_cast<std::int64_t>(std::min(kPiece, all.size() - start)));
  }
  double total = 0.0;
  for (const double sum : sums) total += sum;
  return std::sqrt(total) / state_.loss_scale.scale;
}

// Computes the step once more, looking at every tensor.
Divergence Trainer::find_divergence(const std::vector<MicroBatch>& micro_batches, std::int64_t tokens, double loss) {
  FiniteCheck finite;
  model_.exchange_histories(state_.histories);
  accumulate(micro_batches, tokens, &finite);
  model_.exchange_histories(state_.histories);
  Divergence result{state_.step, "loss", -1, "", loss};
  if (finite.found()) {
    result.tensor = finite.tensor();
    result.layer = finite.layer();
    result.role = finite.role();
  } else if (const Slot* slot = first_non_finite(parameters_.slots, gradients_.values)) {
    result.tensor = "derivative of " + slot->name;
    result.layer = slot->layer;
    result.role = "weight";
  }
  return result;
}

StepResult Trainer::step(nn::CastObserver* observer) {
  StepResult result;
  result.step = state_.step;
  result.learning_rate = learning_rate(settings_, state_.step);
  result.loss_scale = state_.loss_scale.scale;
  const std::vector<MicroBatch> micro_batches = draw();
  for (const MicroBatch& micro : micro_batches)
    result.tokens += std::count_if(micro.targets.begin(), micro.targets.end(),
                                   [](std::int32_t target) { return target != nn::kNotScored; });
  model_.apply(recipe_, observer != nullptr);
  if (observer != nullptr) model_.observe_weights(*observer);
  result.loss = accumulate(micro_batches, result.tokens, observer);
  const scaling::GradientObservation seen = observe_all(loss_scaling_, gradients_.values);
  result.gradient_norm = gradient_norm();
  const double guessing = nn::log(static_cast<double>(model_.config().vocabulary));
  const bool hopeless = !std::isfinite(result.loss) || !can_back_off(loss_scaling_, result.loss_scale);
  if (!(result.loss <= 3.0 * guessing) || (!seen.finite && hopeless)) {
    result.divergence = find_divergence(micro_batches, result.tokens, result.loss);
    return result;
  }
  result.skipped = !scaling::update(loss_scaling_, state_.loss_scale, seen);
  if (!result.skipped) {
    double factor = 1.0 / result.loss_scale;
    if (settings_.clip > 0.0 && result.gradient_norm > settings_.clip) factor *= settings_.clip / result.gradient_norm;
    update(result.learning_rate, static_cast<float>(factor));
  }
  state_.histories = model_.histories();
  ++state_.step;
  return result;
}

void Trainer::update(double rate, float factor) {
  ++state_.updates;
  for (const Slot& slot : parameters_.slots)
    adamw({std::span(*parameters_.values).subspan(slot.offset, slot.count),
           std::span<const float>(gradients_.values).subspan(slot.offset, slot.count),
           std::span(state_.first).subspan(slot.offset, slot.count),
           std::span(state_.second).subspan(slot.offset, slot.count)},
          settings_, rate, state_.updates, factor, slot.matrix ? settings_.weight_decay : 0.0);
  model_.weights_changed();
}

Evaluation Trainer::evaluate(std::span<const text::Window> windows) {
  model_.apply(recipe_, false);
  Evaluation result;
  double loss = 0.0;
  std::int64_t correct = 0;
  std::vector<float> x;
  for (std::size_t start = 0; start < windows.size(); start += static_cast<std::size_t>(settings_.batch)) {
    MicroBatch micro;
    for (std::size_t i = start; i < std::min(windows.size(), start + static_cast<std::size_t>(settings_.batch)); ++i) {
      micro.batch.add(windows[i].input);
      micro.targets.insert(micro.targets.end(), windows[i].target.begin(), windows[i].target.end());
    }
    model_.embed(micro.batch, x);
    model_.decode(micro.batch, 0, model_.config().layers, x.data());
    std::vector<nn::TokenScore> scores(micro.targets.size());
    model_.score(x.data(), micro.targets, scores.data());
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (micro.targets[i] == nn::kNotScored) continue;
      loss += static_cast<double>(scores[i].loss);
      correct += scores[i].correct ? 1 : 0;
      ++result.tokens;
    }
  }
  model_.exchange_histories(state_.histories);  // the casts of training do not see held-out windows
  result.loss = loss / static_cast<double>(result.tokens);
  result.accuracy = static_cast<double>(correct) / static_cast<double>(result.tokens);
  return result;
}

}  // namespace octavo::sim::train
