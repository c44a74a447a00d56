// Opens a model whichever way it is stored.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/model/weights.h"
#include "sim/text/vocabulary.h"

namespace octavo::sim::model {

/// A model as opened, with what a result has to say about where it came from.
struct ModelFile {
  std::string name;        ///< base name of the file or folder
  std::uint64_t size = 0;  ///< bytes of all its weight files
  std::string header;      ///< the bytes that describe the weights, for hashing: see open()
  Weights weights;
  std::optional<text::Vocabulary> vocabulary;  ///< where the model's own file holds it (GGUF)
  std::filesystem::path tokenizer_path;        ///< otherwise the tokenizer's file, or empty if none was found
  std::vector<std::string> notes;              ///< what was left out or worked out, a line each
};

/// Opens `path`: a .gguf file, a llama2.c .bin, a Hugging Face folder (config.json and safetensors), or a folder of
/// checkpoints, of which the newest that is whole is taken and the notes say so. `header` is
/// GGUF's metadata and tensor list; llama2.c's 28 bytes; or config.json, then the shard index if any, then the JSON
/// header of each safetensors file. `tokenizer_path` is what text::find_tokenizer() finds in a folder, or beside a
/// .gguf without a tokenizer of its own; beside a .bin, the only tok*.bin, else what is found of other kinds. Throws
/// Error for anything that cannot be read whole.
ModelFile open(const std::filesystem::path& path);

}  // namespace octavo::sim::model
