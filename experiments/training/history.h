// The record of a training run: metrics by step, and the casts of the steps that were recorded.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "experiments/store/runs/run.h"
#include "experiments/store/runs/training_run.h"

namespace octavo::experiments {

class History {
 public:
  /// Empty.
  History() = default;

  /// The history that arrays() gave, as a checkpoint carries it, of a run that records `tensors` tensors at a time.
  /// Throws Error, naming `where`, for arrays that no history gives.
  History(const std::map<std::string, std::vector<double>>& arrays, std::size_t tensors, const std::string& where);
  std::map<std::string, std::vector<double>> arrays() const;

  void add(const std::string& metric, std::int64_t step, double value);
  std::optional<double> last(const std::string& metric) const;  ///< nothing if it has no value yet
  void add(std::int64_t step, const std::vector<store::TensorRecord>& records) { traces_.append(step, records); }

  /// Metrics and traces, with the rest of the run left at its defaults.
  store::TrainingRun run() const;

  /// One JSON object a line for each step from `first` on, its metrics by name.
  std::string lines(std::int64_t first = 0) const;

 private:
  struct Points {
    std::vector<double> step;
    std::vector<double> value;
  };
  std::map<std::string, Points> metrics_;
  store::TensorTraces traces_;
};

}  // namespace octavo::experiments
