// A model from a Hugging Face folder: config.json beside safetensors.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/file/safetensors/safetensors.h"
#include "sim/model/open/assemble.h"
#include "sim/model/weights.h"

namespace octavo::sim::model {

/// Reads `config` (the text of config.json, called `where` in messages) and takes its tensors from `file`: see
/// read_model_config for the models, with_prefixes_of for the names, Dequantised for FP8 weights. GPT-2's Conv1D
/// weights are transposed to [N, K]. Throws Error for whatever would compute something else.
Weights huggingface_weights(std::string_view config, const std::string& where, const file::TensorFile& file,
                            Notes& notes);

/// A model as huggingface_weights reads it and transformers opens it: the text of config.json, and its tensors.
struct HuggingfaceModel {
  std::string config;
  std::vector<NamedTensor> tensors;
};
HuggingfaceModel to_huggingface(const Weights& weights);

/// The folder's model.safetensors, or else the shards of its model.safetensors.index.json. Throws Error if it has
/// neither.
file::Safetensors open_huggingface_tensors(const std::filesystem::path& folder);

/// The folder's tokenizer in any of the forms that text::find_tokenizer() knows, else an empty path.
std::filesystem::path find_huggingface_tokenizer(const std::filesystem::path& folder);

}  // namespace octavo::sim::model
