// The cache of finished work: a part or a checkpoint a fingerprint, whole or absent.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "experiments/store/runs/run.h"
#include "experiments/store/runs/training_run.h"
#include "experiments/training/training.h"

namespace octavo::experiments::studies {

class Cache {
 public:
  /// Makes the folder. Throws Error if that fails.
  explicit Cache(std::filesystem::path folder);

  /// Nothing if it is absent, damaged or another's.
  std::optional<store::Run> evaluation(const std::string& fingerprint) const;
  std::optional<store::TrainingRun> training(const std::string& fingerprint) const;
  std::shared_ptr<const sim::model::Weights> model(const std::string& fingerprint) const;

  /// Throw Error if it cannot be written.
  void keep(const std::string& fingerprint, const store::Run& run) const;
  void keep(const std::string& fingerprint, const store::TrainingRun& run) const;

  /// Trains to the end from the newest checkpoint there is, and keeps run and model. `progress` gets the share done.
  void train(const std::string& fingerprint, Training& training, const std::function<void(double)>& progress) const;

 private:
  std::filesystem::path part(const std::string& fingerprint) const;
  std::filesystem::path checkpoints(const std::string& fingerprint) const;

  std::filesystem::path folder_;
};

}  // namespace octavo::experiments::studies
