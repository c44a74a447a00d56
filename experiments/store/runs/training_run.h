// What a training run leaves behind, as plain data: metrics by step, and the casts of the steps that were recorded.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/store/hdf5/file.h"
#include "experiments/store/runs/run.h"

namespace octavo::experiments::store {

struct Metric {
  std::string name;
  std::vector<std::int64_t> step;
  std::vector<double> value;

  bool operator==(const Metric&) const = default;
};

/// Row-major [steps, tensors], every tensor of the axis at each step. docs/hdf5-schema.md defines the fields.
struct TensorTraces {
  std::vector<std::int64_t> step;
  std::vector<std::int32_t> bias;
  std::vector<float> scale;
  std::vector<float> amax;
  std::vector<double> snr_db;
  std::vector<double> underflow_fraction;
  std::vector<double> overflow_fraction;
  std::vector<std::uint64_t> elements;
  std::vector<std::uint64_t> nan;
  std::vector<std::uint64_t> infinite;
  std::vector<std::uint64_t> without_bias;

  /// Appends one step's records, which hold every tensor of the axis in order.
  void append(std::int64_t at, const std::vector<TensorRecord>& records);

  bool operator==(const TensorTraces&) const = default;
};

struct TrainingRun {
  Policy policy = Policy::baseline;  ///< or recipe
  std::string stopped;               ///< why the run ended early; empty if it did not
  std::int64_t micro_batches = 0;
  std::vector<Metric> metrics;
  TensorTraces tensors;

  bool operator==(const TrainingRun&) const = default;
};

/// Writes `run` into the empty group. Throws Error if that fails.
void write_training_run(const Group& group, const TrainingRun& run);

/// The run that write_training_run wrote. Throws Error if something is missing or of another type or shape.
TrainingRun read_training_run(const Group& group);

}  // namespace octavo::experiments::store
