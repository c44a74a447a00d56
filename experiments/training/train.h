// The experiment behind `octavo train`: from configuration and text to a run file, through checkpoints.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "experiments/evaluation/non_finite.h"
#include "experiments/store/runs/header.h"
#include "experiments/store/runs/training_run.h"
#include "experiments/training/training.h"

namespace octavo::experiments {

struct TrainFlags {
  std::filesystem::path config;
  std::filesystem::path recipe;  ///< empty: everything in fp32
  std::filesystem::path text;    ///< or
  std::filesystem::path token_ids;
  std::string field;                 ///< of the JSON objects that hold the texts
  bool no_special = false;           ///< special tokens written in the text are text
  std::filesystem::path out;         ///< run file; OUT with .jsonl in place of .h5 takes the metrics line by line
  std::filesystem::path checkpoint;  ///< folder of checkpoints
  bool resume = false;               ///< go on from the newest checkpoint, if there is one
  bool force = false;                ///< replace an existing run file
};

struct TrainResult {
  store::Header header;
  store::TrainingRun run;
  std::filesystem::path checkpoint;  ///< of the last step
  NonFinite non_finite;              ///< over the recorded steps
};

/// Trains, writes checkpoints on the way and the run file at the end. The same configuration, recipe, text and start
/// give the same run file and checkpoints, byte by byte, for any thread count, and whether or not the run was killed
/// and resumed. `progress` gets the share 0 and what the work is before the first step; what it throws ends the run
/// after a checkpoint of the step that is done. Throws Error: for bad input before anything is written; if something
/// cannot be written; and if training diverges, after a run file that says so has been written (the checkpoints stay).
///
/// `steps` may be another one when a run is resumed: under a constant schedule the model is that of one run of so many
/// steps; under a cosine the rate follows the new curve from there, which `note` and the metric schedule_steps say.
/// `note` gets a line at a time, before the steps that it is about.
TrainResult train(const TrainFlags& flags, const std::string& command, const TrainProgress& progress,
                  const TrainNote& note);

/// The end of a run for people, and as JSON.
std::string train_text(const TrainResult& result);
std::string train_json(const TrainResult& result);

}  // namespace octavo::experiments
