// A model from a GGUF file: configuration and weights.
#pragma once

#include "sim/file/gguf/gguf.h"
#include "sim/model/open/assemble.h"
#include "sim/model/weights.h"

namespace octavo::sim::model {

/// Architectures llama and gpt2; others are refused by name, as are RoPE scalings other than linear and Llama 3's,
/// mixtures of experts, and keys of the architecture that are not understood. Throws Error.
Config gguf_config(const file::Gguf& file);

/// All tensors, dequantised; rows of Llama's q and k in this project's RoPE pairing.
Weights gguf_weights(const file::Gguf& file, Notes& notes);

}  // namespace octavo::sim::model
