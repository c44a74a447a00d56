// One training run: parameters, optimizer, loss scale, and the step that moves them.
//
// A step is a line of functions of plain data (sim/train/step): accumulate, judge, update. Between them stand gradients
// by tensor, what each tensor tells of itself, and the list of the tensors whose optimizer state is here: what several
// replicas and shards would reduce before the verdict and gather after the update.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "scaling/loss_scale.h"
#include "scaling/recipe/recipe.h"
#include "sim/model/micro_batch.h"
#include "sim/model/transformer.h"
#include "sim/text/windows.h"
#include "sim/train/data_order.h"
#include "sim/train/divergence.h"
#include "sim/train/settings.h"
#include "sim/train/state.h"
#include "sim/train/step/accumulate.h"
#include "sim/train/step/parameters.h"

namespace octavo::sim::train {

struct StepResult {
  std::int64_t step = 0;       ///< 0, 1, ...
  double loss = 0.0;           ///< nats a token, before the update
  double gradient_norm = 0.0;  ///< unscaled, before clipping
  double learning_rate = 0.0;
  double loss_scale = 1.0;
  bool skipped = false;  ///< the loss scale was too large
  std::int64_t tokens = 0;
  std::optional<Divergence> divergence;  ///< then parameters and state are as before the step
};

/// What a model makes of held-out windows.
struct Evaluation {
  double loss = 0.0;        ///< mean, nats a token
  double accuracy = 0.0;    ///< share of the tokens that the model ranks first
  std::int64_t tokens = 0;  ///< scored
};

/// The same settings, weights, recipe and windows give the same bits for any thread count and instruction set (engines
/// with a defined order; models with the exact GELU: the same C library).
class Trainer {
 public:
  /// Throws Error if a setting is out of its range, if there are fewer windows than a step takes, or if the recipe does
  /// not fit the model.
  Trainer(const model::Weights& start, const Settings& settings, const scaling::Recipe& recipe,
          std::vector<text::Window> windows);

  /// Forward and backward of one step's micro-batches, then the update. `observer` sees the casts, those of the weights
  /// first.
  StepResult step(nn::CastObserver* observer = nullptr);

  /// Scores `windows` under the recipe, in micro-batches of the run's size. At least one position must be scored.
  Evaluation evaluate(std::span<const text::Window> windows);

  const Settings& settings() const { return settings_; }
  const Parameters& parameters() const { return parameters_; }
  const State& state() const { return state_; }

  /// Goes on from there: values and moments of this model. Throws Error if their sizes are another model's.
  void restore(std::span<const float> values, State state);

 private:
  std::vector<model::MicroBatch> draw();
  std::uint64_t weights_number() const;
  Divergence find_divergence(const std::vector<model::MicroBatch>& micro_batches, const StepPass& pass, double loss);

  Settings settings_;
  scaling::Recipe recipe_;
  scaling::LossScale loss_scaling_;
  std::vector<text::Window> windows_;
  DataOrder order_;
  Parameters parameters_;
  State state_;
  model::Transformer<float> model_;
  model::Gradients<float> gradients_;
  std::vector<std::span<float>> values_by_tensor_;           ///< of parameters_
  std::vector<std::span<const float>> gradients_by_tensor_;  ///< of gradients_
  model::Tape<float> tape_;
};

}  // namespace octavo::sim::train
