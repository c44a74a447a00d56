// A training run as a library call on plain data: what is trained on what under which recipe, and what came of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "experiments/evaluation/recorder.h"
#include "experiments/training/history.h"
#include "scaling/recipe/recipe.h"
#include "sim/train/checkpoint/checkpoint.h"
#include "sim/train/trainer.h"

namespace octavo::experiments {

/// Everything that decides a run's bits.
struct TrainingTask {
  sim::model::Weights weights;  ///< to start from: sim::model::initialise(), or a model file's; they are copied
  sim::train::Settings settings;
  scaling::Recipe recipe;
  std::vector<sim::text::Window> training;
  std::vector<sim::text::Window> validation;  ///< held out; may be empty

  /// Every so many steps; 0: never (the last step is validated in any case).
  std::int64_t record_every = 0;
  std::int64_t validate_every = 0;
};

/// Share done in [0, 1], and what was done last.
using TrainProgress = std::function<void(double, const std::string&)>;

/// A line for people.
using TrainNote = std::function<void(const std::string&)>;

/// A run that goes on step by step. The metrics of its record: loss, gradient_norm, learning_rate, loss_scale and
/// skipped at each step; validation_loss and validation_accuracy where they are due; under a cosine schedule
/// schedule_steps, its length, at the first step and at each from which another one holds.
class Training {
 public:
  /// Throws Error for settings, windows or a recipe that cannot be used.
  explicit Training(TrainingTask task);

  /// Goes on from a checkpoint of this run, which may have been made for another number of steps. Throws Error if it is
  /// another's, damaged, or beyond the last step.
  void restore(const std::filesystem::path& checkpoint, const std::string& fingerprint);

  /// Writes a checkpoint that restore() takes, and returns its path. Throws Error if it cannot be written.
  std::filesystem::path save(const std::filesystem::path& folder, sim::train::CheckpointExtras extras) const;

  /// All steps are done, or the run diverged.
  bool finished() const { return !stopped_.empty() || steps_done() >= task_.settings.steps; }

  /// One step, recorded and validated if that is due. Not once finished.
  void step();

  std::int64_t steps_done() const { return trainer_.state().step; }
  double share() const;                  ///< of the steps that are done
  double loss() const { return loss_; }  ///< of the last step, nats a token
  /// What the steps to come owe to a change of `steps`; empty if the rates of the steps that are done follow the same
  /// curve.
  std::string change_of_schedule() const;
  const std::string& stopped() const { return stopped_; }  ///< why the run diverged; empty if it did not
  const History& history() const { return history_; }      ///< of the steps so far
  const TensorAxis& axis() const { return axis_; }         ///< of the tensors that the recipe casts
  std::shared_ptr<const sim::model::Weights> weights() const { return trainer_.parameters().weights; }  ///< as they are

  /// The record so far, as a run file holds it.
  store::TrainingRun run() const;

 private:
  TrainingTask task_;  ///< without weights and training windows, which the trainer has
  sim::train::Trainer trainer_;
  TensorAxis axis_;
  History history_;
  double loss_ = 0.0;
  std::string stopped_;
};

struct TrainedModel {
  std::shared_ptr<const sim::model::Weights> weights;
  store::TrainingRun run;               ///< `stopped` says why if it diverged
  std::vector<store::TensorName> axis;  ///< of run.tensors
};

/// Trains to the end, or to divergence, without files. Throws Error for input that cannot be used.
TrainedModel train(TrainingTask task, const TrainProgress& progress);

}  // namespace octavo::experiments
