// The state of a training run as one safetensors file.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sim/file/safetensors/safetensors.h"
#include "sim/train/trainer.h"

namespace octavo::sim::train {

/// What the file holds.
struct StateFile {
  State state;
  std::map<std::string, std::vector<double>> arrays;  ///< the record of the run so far
  std::string fingerprint;                            ///< of everything that decides the run's bits
};

/// Throws Error if it cannot be written.
void write_state(const std::filesystem::path& path, const State& state,
                 const std::map<std::string, std::vector<double>>& arrays, const std::string& fingerprint);

/// Throws Error if the file is damaged or not one of these; sizes are the caller's to compare.
StateFile read_state(const file::Safetensors& file);

}  // namespace octavo::sim::train
