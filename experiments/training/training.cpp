// Steps, and what is noted of them.
#include "experiments/training/training.h"

#include <fmt/format.h>

#include <cassert>
#include <optional>
#include <utility>

#include "messages/error.h"

namespace octavo::experiments {
namespace {

/// Due every so many steps, and never if `every` is 0.
bool due(std::int64_t step, std::int64_t every) { return every > 0 && step % every == 0; }

const std::string kScheduleSteps = "schedule_steps";

std::string message_of(const sim::train::Divergence& divergence) {
  if (divergence.tensor == "loss")
    return fmt::format("training diverged in step {}: loss {} is beyond three times that of guessing", divergence.step,
                       divergence.loss);
  return fmt::format("training diverged in step {}: {} ({}{}) is the first tensor that is not finite", divergence.step,
                     divergence.tensor, divergence.role,
                     divergence.layer >= 0 ? fmt::format(", layer {}", divergence.layer) : "");
}

}  // namespace

Training::Training(TrainingTask task)
    : task_(std::move(task)),
      trainer_(task_.weights, task_.settings, task_.recipe, std::exchange(task_.training, {})),
      axis_(task_.weights.config, task_.recipe, kTrainingRoles) {
  task_.weights = {};
}

void Training::restore(const std::filesystem::path& checkpoint, const std::string& fingerprint) {
  history_ = History(sim::train::read_checkpoint(checkpoint, trainer_, fingerprint), axis_.names().size(),
                     checkpoint.string());
  if (steps_done() > task_.settings.steps)
    throw Error(fmt::format("{}: {} steps are done, which is more than [training] steps = {}; raise steps",
                            checkpoint.string(), steps_done(), task_.settings.steps));
}

std::string Training::change_of_schedule() const {
  const std::optional<double> before = history_.last(kScheduleSteps);
  const double now = static_cast<double>(task_.settings.steps);
  if (!before || *before == now) return "";
  return fmt::format(
      "the cosine schedule now ends after {} steps, not {}: from step {} on the learning rate follows the "
      "new curve, and the run is not that of {} steps from the beginning",
      now, *before, steps_done(), now);
}

std::filesystem::path Training::save(const std::filesystem::path& folder, sim::train::CheckpointExtras extras) const {
  extras.arrays = history_.arrays();
  return sim::train::write_checkpoint(folder, trainer_, extras);
}

double Training::share() const { return static_cast<double>(steps_done()) / static_cast<double>(task_.settings.steps); }

void Training::step() {
  assert(!finished());
  const std::int64_t step = steps_done();
  std::optional<Recorder> recorder;
  if (!axis_.names().empty() && due(step, task_.record_every)) recorder.emplace(axis_, "*");
  const sim::train::StepResult found = trainer_.step(recorder ? &*recorder : nullptr);
  loss_ = found.loss;
  if (task_.settings.schedule == sim::train::Schedule::cosine)
    if (const auto steps = static_cast<double>(task_.settings.steps); history_.last(kScheduleSteps) != steps)
      history_.add(kScheduleSteps, step, steps);
  history_.add("loss", step, found.loss);
  history_.add("gradient_norm", step, found.gradient_norm);
  history_.add("learning_rate", step, found.learning_rate);
  history_.add("loss_scale", step, found.loss_scale);
  history_.add("skipped", step, found.skipped ? 1.0 : 0.0);
  if (recorder) history_.add(step, recorder->records());
  if (found.divergence) stopped_ = message_of(*found.divergence);
  if (stopped_.empty() && !task_.validation.empty() && (finished() || due(step + 1, task_.validate_every))) {
    const sim::train::Evaluation evaluation = trainer_.evaluate(task_.validation);
    history_.add("validation_loss", step, evaluation.loss);
    history_.add("validation_accuracy", step, evaluation.accuracy);
  }
}

store::TrainingRun Training::run() const {
  store::TrainingRun result = history_.run();
  result.policy =
      task_.recipe == scaling::uncast(task_.recipe.baseline) ? store::Policy::baseline : store::Policy::recipe;
  result.stopped = stopped_;
  result.micro_batches = task_.settings.accumulation;
  return result;
}

TrainedModel train(TrainingTask task, const TrainProgress& progress) {
  Training training(std::move(task));
  while (!training.finished()) {
    training.step();
    progress(training.share(), fmt::format("step {}, loss {:.4f}", training.steps_done(), training.loss()));
  }
  return {training.weights(), training.run(), training.axis().names()};
}

}  // namespace octavo::experiments
