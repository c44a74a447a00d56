// Checkpoints: folders that hold a model and what training it needs to go on, whole or absent.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/text/open/tokenizer_files.h"
#include "sim/train/trainer.h"

namespace octavo::sim::train {

/// What a checkpoint holds besides model and State.
struct CheckpointExtras {
  std::string fingerprint;                            ///< of everything that decides the run's bits
  std::vector<text::TokenizerFile> tokenizer;         ///< files beside the model
  std::map<std::string, std::vector<double>> arrays;  ///< the record of the run so far
};

/// Writes <folder>/step-<8 digits> for the trainer's step: config.json, model.safetensors and the tokenizer's files,
/// which every command that takes --model opens, and training.safetensors. It is made under another name, put on the
/// disk and renamed; only then are older ones removed, but for the last `keep`. Returns its path. Throws Error if
/// something cannot be written; the checkpoints before it then stay.
std::filesystem::path write_checkpoint(const std::filesystem::path& folder, const Trainer& trainer,
                                       const CheckpointExtras& extras, int keep = 2);

/// The newest checkpoint in `folder`; nothing if there is none.
std::optional<std::filesystem::path> newest_checkpoint(const std::filesystem::path& folder);

/// Puts the trainer where the checkpoint was and returns its record. Throws Error if a file is missing or damaged, if
/// the model is another, or if the fingerprint is not `fingerprint`.
std::map<std::string, std::vector<double>> read_checkpoint(const std::filesystem::path& checkpoint, Trainer& trainer,
                                                           const std::string& fingerprint);

}  // namespace octavo::sim::train
