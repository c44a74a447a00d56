// Small vocabularies made by the tests.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/text/bpe/byte_alphabet.h"
#include "sim/text/vocabulary.h"

namespace octavo::sim::text {

inline void add_token(Vocabulary& vocabulary, std::string_view token, float score, TokenType type) {
  vocabulary.tokens.emplace_back(token);
  vocabulary.scores.push_back(score);
  vocabulary.types.push_back(type);
}

/// Llama 2's beginning (<unk>, <s>, </s> and 256 bytes: ids 0 to 258), then `pieces` with their scores from id 259 on.
inline Vocabulary sentencepiece_vocabulary(const std::vector<std::pair<std::string, float>>& pieces) {
  Vocabulary vocabulary;
  vocabulary.algorithm = Algorithm::sentencepiece_bpe;
  add_token(vocabulary, "<unk>", 0, TokenType::unknown);
  add_token(vocabulary, "<s>", 0, TokenType::control);
  add_token(vocabulary, "</s>", 0, TokenType::control);
  for (int byte = 0; byte < 256; ++byte) add_token(vocabulary, fmt::format("<0x{:02X}>", byte), 0, TokenType::byte);
  for (const auto& [piece, score] : pieces) add_token(vocabulary, piece, score, TokenType::normal);
  vocabulary.unknown = 0;
  vocabulary.bos = 1;
  vocabulary.eos = 2;
  vocabulary.add_bos = true;
  vocabulary.add_space_prefix = true;
  return vocabulary;
}

/// The 256 bytes in the byte alphabet (ids 0 to 255), then what each of `merges` makes from id 256 on.
inline Vocabulary byte_level_vocabulary(const std::vector<std::pair<std::string, std::string>>& merges) {
  Vocabulary vocabulary;
  vocabulary.algorithm = Algorithm::byte_level_bpe;
  const auto add = [&](std::string_view token) {
    vocabulary.tokens.emplace_back(token);
    vocabulary.types.push_back(TokenType::normal);
  };
  for (int byte = 0; byte < 256; ++byte) {
    const char bytes = static_cast<char>(byte);
    add(to_byte_alphabet({&bytes, 1}));
  }
  for (const auto& [left, right] : merges) add(left + right);
  vocabulary.merges = merges;
  return vocabulary;
}

}  // namespace octavo::sim::text
