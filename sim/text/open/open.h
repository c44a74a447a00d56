// The tokenizer of a file or folder, whatever its kind.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "sim/text/tokenizer.h"

namespace octavo::sim::text {

/// Opens the tokenizer at `path` for a model with `vocabulary_size` tokens. A file is told by its name: tokenizer.json
/// (any other
/// *.json too), *.model (SentencePiece), *.bin (llama2.c), vocab.json with merges.txt beside it, encoder.json with
/// vocab.bpe beside it. Of a folder the first of these is taken: tokenizer.json, tokenizer.model, vocab.json,
/// encoder.json, tokenizer.bin, the only tok*.bin. A tokenizer may have fewer tokens than the model (padding), not
/// more; llama2.c's exactly as many. Throws Error for a path that is none of these, for a tokenizer of another family
/// and for a broken file.
std::unique_ptr<Tokenizer> open_tokenizer(const std::filesystem::path& path, std::int64_t vocabulary_size);

}  // namespace octavo::sim::text
