// The vocabulary of a Hugging Face tokenizer.json, for the three families that Octavo knows.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "sim/text/vocabulary.h"

namespace octavo::sim::text {

/// Reads `model` (BPE), `added_tokens` with their flags, `normalizer`, `pre_tokenizer` and `post_processor` (whether a
/// text begins with BOS or ends with EOS, and with which token); the rest says nothing about ids. The families, by what
/// cuts the text:
///  - ByteLevel, or Digits (one by one) then ByteLevel: GPT-2, SmolLM2;
///  - Split with GPT-2's or Llama 3's regular expression, then ByteLevel without its own: Llama 3;
///  - byte_fallback and a normalizer of Prepend and Replace, or a Metaspace that does not split: Llama 2.
/// Throws Error, naming `where` and the part, for any other: a tokenizer that would give other ids is never taken for
/// one of these.
Vocabulary parse_tokenizer_json(std::string_view bytes, const std::string& where);

/// The same from a file.
Vocabulary read_tokenizer_json(const std::filesystem::path& path);

}  // namespace octavo::sim::text
