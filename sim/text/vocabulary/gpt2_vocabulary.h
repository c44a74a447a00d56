// The vocabulary of GPT-2's pair of files: encoder.json with vocab.bpe, or vocab.json with merges.txt.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "sim/text/vocabulary.h"

namespace octavo::sim::text {

/// `encoder` is a JSON object {token: id}; `merges` one merge a line, by rank, under an optional first line "#version:
/// ...". The token <|endoftext|>, if there is one, is control, BOS, EOS and an added token; no text begins with it by
/// itself. Throws Error, naming `where`.
Vocabulary parse_gpt2_vocabulary(std::string_view encoder, std::string_view merges, const std::string& where);

/// The same from two files.
Vocabulary read_gpt2_vocabulary(const std::filesystem::path& encoder, const std::filesystem::path& merges);

}  // namespace octavo::sim::text
