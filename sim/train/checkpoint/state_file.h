// The state of a training run as one safetensors file: every tensor of the optimizer under the name of its parameter,
// in the type that it is kept in.
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
};

/// `slots` are the parameters that the state belongs to. Throws Error if it cannot be written.
void write_state(const std::filesystem::path& path, const State& state, const std::vector<Slot>& slots,
                 const std::map<std::string, std::vector<double>>& arrays, const std::string& fingerprint);

/// Of everything that decides the run's bits; empty if the file has none.
std::string fingerprint_of(const file::Safetensors& file);

/// Reads also files whose moments are two tensors over all parameters, as they were written once. Throws Error if the
/// file is damaged, not one of these, or of other parameters than `slots`; the histories' number is the caller's to
/// compare.
StateFile read_state(const file::Safetensors& file, const std::vector<Slot>& slots);

}  // namespace octavo::sim::train
