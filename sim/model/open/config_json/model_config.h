// The configuration that config.json gives a model, and nothing that it does not say.
#pragma once

#include <array>
#include <string>

#include "sim/file/json_file.h"
#include "sim/model/config.h"

namespace octavo::sim::model {

/// model_type, or what `architectures` names; "(none)" if neither is there.
std::string model_type(const file::JsonObject& config);

/// True for model types whose linear layers are Conv1D, which store [K, N].
bool stores_conv1d(const std::string& model_type);

struct ModelConfig {
  Config config;
  std::array<bool, kKindCount> biases{};  ///< of Llama's linear layers, by Kind; the one of attention.out may be absent
};

/// Reads a model of type gpt2, llama, mistral (without a window, or with one that no context reaches: then its
/// arithmetic is Llama's) or qwen2 (Llama with biases of q, k and v). Throws Error, naming the key, for whatever would
/// compute something else: other types, activations, RoPE scalings, windows, and keys that are not understood.
ModelConfig read_model_config(const nlohmann::json& json, const std::string& where);

}  // namespace octavo::sim::model
