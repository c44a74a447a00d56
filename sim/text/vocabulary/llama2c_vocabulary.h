// The vocabulary of a llama2.c tokenizer file (tokenizer.bin, tok512.bin).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "sim/text/vocabulary.h"

namespace octavo::sim::text {

/// Layout, little-endian: int32 largest token length, then (binary32 score, int32 length, bytes) for every token. The
/// file does not say how many tokens it holds: it has to end with token `size` - 1, `size` being the model's
/// vocabulary. By llama2.c's rules token 0 is the unknown token, 1 is BOS, 2 is EOS, tokens called <0xXX> are bytes, a
/// text gets a space put before it and BOS before that. Throws Error, naming `where`, for any other content.
Vocabulary parse_llama2c_vocabulary(std::string_view bytes, std::int64_t size, const std::string& where);

/// The same from a file.
Vocabulary read_llama2c_vocabulary(const std::filesystem::path& path, std::int64_t size);

}  // namespace octavo::sim::text
