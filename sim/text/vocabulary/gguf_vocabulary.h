// The tokenizer in the metadata of a GGUF file.
#pragma once

#include <optional>

#include "sim/file/gguf/gguf.h"
#include "sim/text/vocabulary.h"

namespace octavo::sim::text {

/// The tokenizer in the metadata (tokenizer.ggml.*) of a model, or of a file without tensors as llama.cpp's
/// vocabularies are; nothing if the file has none. Throws Error for a tokenizer or a pre-tokenizer that is not
/// implemented, by name, and for lists whose lengths do not fit.
std::optional<Vocabulary> gguf_vocabulary(const file::Gguf& file);

}  // namespace octavo::sim::text
