// Run files: writing one whole, and reading back what others need.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "experiments/store/hdf5/file.h"
#include "experiments/store/replacement.h"
#include "experiments/store/runs/header.h"
#include "experiments/store/runs/run.h"
#include "experiments/store/runs/schema.h"
#include "experiments/store/runs/study_rows.h"
#include "experiments/store/runs/training_run.h"

namespace octavo::experiments::store {

/// Views of the tables of a file; one without rows is left out.
struct Tables {
  std::span<const SweepRow> sweep{};
  std::span<const IntervalRow> interval{};
  std::span<const QuantizeRow> quantize{};
  std::span<const AccumulationRow> accumulation{};
  std::span<const AccumulationModelRow> accumulation_model{};
  std::span<const FormatRow> formats{};
  std::span<const OutcomeRow> outcomes{};
  std::span<const BiasIntervalRow> bias_intervals{};
  std::span<const TensorBiasRow> tensor_biases{};
  std::span<const LossCurveRow> loss_curves{};
  std::span<const OverflowRow> overflows{};
  std::span<const LossScaleRow> loss_scales{};
  std::span<const LostGradientRow> lost_gradients{};
  std::span<const ClaimRow> claims{};
};

/// Writes a run file run by run, so that a file may be larger than memory. Every function throws Error if writing
/// fails.
class RunWriter {
 public:
  RunWriter(const Replacement& replacement, const Header& header, std::span<const TensorName> axis);

  /// Appends /runs/<n>. Throws Error if it records a tensor that is not on the axis.
  void add(const Run& run);

  void add(const TrainingRun& run);

  /// Writes the tables and closes the file, for the replacement to commit.
  void finish(const Tables& tables);

 private:
  File file_;
  Group root_;
  Group axes_;
  Group runs_;
  std::size_t tensors_ = 0;
  int count_ = 0;
};

/// Writes a whole run file atomically. `existing`: refuse or force. Throws Error if something is there and not forced,
/// or if writing fails; what was there then stays.
void write_file(const std::filesystem::path& path, Existing existing, const Header& header,
                std::span<const TensorName> axis, std::span<const Run> runs, const Tables& tables);

// Readers of run files. Each throws Error naming file and object if the file is not a run file of this schema version,
// or lacks what is asked for, or has it in another type or shape.

Header read_header(const std::filesystem::path& path);
std::vector<TensorName> read_axis(const std::filesystem::path& path);
Run read_run(const std::filesystem::path& path, int run);
std::vector<SweepRow> read_sweep_table(const std::filesystem::path& path);
std::vector<IntervalRow> read_interval_table(const std::filesystem::path& path);
std::vector<QuantizeRow> read_quantize_table(const std::filesystem::path& path);
std::vector<AccumulationRow> read_accumulation_table(const std::filesystem::path& path);
std::vector<AccumulationModelRow> read_accumulation_model_table(const std::filesystem::path& path);
std::vector<FormatRow> read_format_table(const std::filesystem::path& path);

}  // namespace octavo::experiments::store
