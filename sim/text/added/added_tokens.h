// Cutting added tokens out of a text, by the rules of Hugging Face `tokenizers` (added_vocabulary.rs).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/text/added/token_trie.h"
#include "sim/text/vocabulary.h"

namespace octavo::sim::text {

/// A stretch of a text: text still, or an added token.
struct Stretch {
  std::size_t begin = 0, end = 0;
  std::int32_t id = -1;  ///< of the token, -1: text (never empty)
};

/// Of the tokens that begin first in what is left the longest is taken. One that may not be taken (a single word within
/// a longer one, a special token where special tokens are text) is text, and what it spans is not searched again. White
/// space goes to the token that takes it in first.
class AddedTokens {
 public:
  /// Keeps no view of `vocabulary`.
  explicit AddedTokens(const Vocabulary& vocabulary);

  /// The stretches of `text` between and at the tokens that are not `normalized`; at those that are.
  std::vector<Stretch> cut(std::string_view text) const { return cut(text, plain_); }
  std::vector<Stretch> cut_normalized(std::string_view text) const { return cut(text, normalized_); }

  bool contains(std::int32_t id) const;

 private:
  std::vector<Stretch> cut(std::string_view text, const TokenTrie& trie) const;

  std::vector<AddedToken> tokens_;
  std::vector<std::int32_t> ids_;  ///< ascending
  TokenTrie plain_, normalized_;
  bool special_as_text_;
};

}  // namespace octavo::sim::text
