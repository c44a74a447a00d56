// One finished piece of work, a point of a sweep or a training run, as a small file of its own.
#pragma once

#include <filesystem>
#include <string>

#include "experiments/store/runs/run.h"
#include "experiments/store/runs/training_run.h"

namespace octavo::experiments::store {

/// Writes the part `path` atomically: whole on the disk when this returns, or unchanged. Throws Error if that fails.
void write_part(const std::filesystem::path& path, const std::string& fingerprint, int point, const Run& run);

/// The fingerprint that the part carries, of any schema version. Throws Error if it cannot be read.
std::string part_fingerprint(const std::filesystem::path& path);

/// The run of a part. Throws Error if the part is missing or damaged in any bit of its content, or is another point.
Run read_part(const std::filesystem::path& path, int point);

/// The same for a training run, which is no point of a grid.
void write_training_part(const std::filesystem::path& path, const std::string& fingerprint, const TrainingRun& run);
TrainingRun read_training_part(const std::filesystem::path& path);

}  // namespace octavo::experiments::store
