// What Hugging Face's files beside a tokenizer say of it: tokenizer_config.json and added_tokens.json.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "sim/text/vocabulary.h"

namespace octavo::sim::text {

/// Obeys `add_bos_token` and `add_eos_token` of a tokenizer_config.json, with `bos_token` and `eos_token`; what it does
/// not say stays. `eos_token` is EOS where the tokenizer's own file has none. Where `adds_tokens`,
/// `added_tokens_decoder` (token by id) is added too. Throws Error, naming `where`, for broken content and for a token
/// that is to be added to texts but is not in the vocabulary.
void parse_tokenizer_config(std::string_view bytes, bool adds_tokens, const std::string& where, Vocabulary& vocabulary);

/// Adds what added_tokens.json, {content: id}, has; tokens that are there keep their flags. Throws Error, naming
/// `where`.
void parse_added_tokens(std::string_view bytes, const std::string& where, Vocabulary& vocabulary);

/// The same from the files in `folder`, where they are there. `adds_tokens`: whether the tokenizer's own file leaves
/// added tokens to them, as tokenizer.model and vocab.json do and tokenizer.json does not.
void read_tokenizer_config(const std::filesystem::path& folder, bool adds_tokens, Vocabulary& vocabulary);

/// `tokenizer_class` of the tokenizer_config.json in `folder`; empty if it is not there or does not say.
std::string tokenizer_class(const std::filesystem::path& folder);

}  // namespace octavo::sim::text
