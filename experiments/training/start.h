// From the flags of `octavo train` to the data of a run.
#pragma once

#include <string>
#include <vector>

#include "experiments/evaluation/engine_usage.h"
#include "experiments/store/runs/header.h"
#include "experiments/training/config.h"
#include "experiments/training/train.h"
#include "experiments/training/training.h"

namespace octavo::experiments {

/// What the flags name, opened.
struct TrainingStart {
  TrainConfig config;
  TrainingTask task;
  sim::train::CheckpointExtras extras;  ///< tokenizer and fingerprint
  std::vector<std::string> notes;       ///< of opening the start, a line each
  store::Header header;
  EngineUsage engines;  ///< of every product of a step
};

/// Throws Error for anything that cannot be read or does not fit together.
TrainingStart open_training_start(const TrainFlags& flags, const std::string& command);

}  // namespace octavo::experiments
