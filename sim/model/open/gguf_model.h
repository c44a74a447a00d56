// A model from a GGUF file: configuration, weights, tokenizer.
#pragma once

#include <optional>

#include "sim/file/gguf/gguf.h"
#include "sim/model/open/assemble.h"
#include "sim/model/weights.h"
#include "sim/text/vocabulary.h"

namespace octavo::sim::model {

/// Architectures llama and gpt2; others are refused by name, as are RoPE scalings other than linear and Llama 3's,
/// mixtures of experts, and keys of the architecture that are not understood. Throws Error.
Config gguf_config(const file::Gguf& file);

/// All tensors, dequantised; rows of Llama's q and k in this project's RoPE pairing.
Weights gguf_weights(const file::Gguf& file, Notes& notes);

/// The tokenizer in the metadata (tokenizer.ggml.*); nothing if the file has none. Throws Error for a tokenizer or a
/// pre-tokenizer that is not implemented, by name, and for lists whose lengths do not fit.
std::optional<text::Vocabulary> gguf_vocabulary(const file::Gguf& file);

}  // namespace octavo::sim::model
