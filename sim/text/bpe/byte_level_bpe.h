// GPT-2's tokenizer: the text is split by a regular expression, then the bytes of each piece are merged by rank.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/text/bpe/known_ids.h"
#include "sim/text/bpe/merge_ranks.h"
#include "sim/text/bpe/splitter.h"
#include "sim/text/bpe/vocabulary_tokenizer.h"

namespace octavo::sim::text {

/// Within a piece the adjacent pair with the lowest rank is merged, the leftmost among equals, until no pair has one. A
/// byte that the vocabulary lacks (SmolLM2's lacks some control characters) is left out before that. How the split
/// treats bytes that are not UTF-8: see Splitter. Added tokens are cut out first, the stretches between are texts of
/// their own.
class ByteLevelBpe final : public VocabularyTokenizer {
 public:
  /// Expects what make_tokenizer has checked; throws Error, naming `where`, for a merge whose tokens are not there.
  ByteLevelBpe(Vocabulary vocabulary, const std::string& where);

  std::vector<std::int32_t> encode(std::string_view text) const override;
  std::string decode(const std::vector<std::int32_t>& ids) const override;

 private:
  void encode_stretch(std::string_view text, KnownIds& known) const;
  std::vector<std::int32_t> encode_piece(std::string_view piece) const;

  TokenIds ids_;  ///< normal tokens only; views of vocabulary_.tokens
  MergeRanks ranks_;
  Splitter splitter_;
  std::array<std::int32_t, 256> byte_ids_{};  ///< -1 where the vocabulary lacks the byte
};

}  // namespace octavo::sim::text
