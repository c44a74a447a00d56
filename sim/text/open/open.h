// The tokenizer of a file or folder, whatever its kind.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "sim/text/tokenizer.h"

namespace octavo::sim::text {

/// What special tokens (BOS, <|im_start|>, ...) that are written in a text are. Added tokens that are not special are
/// cut out of it either way.
enum class SpecialTokens : std::uint8_t { cut_out, as_text };

/// Opens the tokenizer at `path` for a model with `model_size` tokens. A file is told by its name: tokenizer.json (any
/// other *.json too), *.model (SentencePiece), *.bin (llama2.c), vocab.json with merges.txt beside it, encoder.json
/// with vocab.bpe beside it, *.gguf (its metadata). Of a folder find_tokenizer()'s is taken. What tokenizer_config.json
/// and added_tokens.json beside tokenizer.json, tokenizer.model or vocab.json say is obeyed (tokenizer_config.h). A
/// tokenizer may have fewer tokens than the model (padding), or more, which no text may use then; llama2.c's exactly as
/// many. Throws Error for a path that is none of these, for a tokenizer of another family and for a broken file.
std::unique_ptr<Tokenizer> open_tokenizer(const std::filesystem::path& path, std::int64_t model_size,
                                          SpecialTokens special = SpecialTokens::cut_out);

/// The tokenizer's file in `folder`, the first of: tokenizer.json, tokenizer.model, vocab.json with merges.txt,
/// encoder.json with vocab.bpe, tokenizer.bin, tokenizer.gguf, the only tok*.bin. Empty if there is none.
std::filesystem::path find_tokenizer(const std::filesystem::path& folder);

}  // namespace octavo::sim::text
