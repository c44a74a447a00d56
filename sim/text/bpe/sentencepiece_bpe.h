// Llama 2's tokenizer: characters merged in order of score, what no token spells written as bytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/text/bpe/known_ids.h"
#include "sim/text/bpe/merge_ranks.h"
#include "sim/text/bpe/vocabulary_tokenizer.h"

namespace octavo::sim::text {

/// Spaces become U+2581, and one is put before the text if the vocabulary says so; then the adjacent pair whose union
/// is the token with the best score is merged, the leftmost among equals, until no union of neighbours is a token. A
/// vocabulary that has ranked merges in place of scores is merged by rank. Characters that remain without a token
/// become <0xXX> tokens, and so do bytes that are not UTF-8. Added tokens are cut out first; which of the stretches
/// between gets a space, the vocabulary says. Control, unknown and unused tokens never come out of text otherwise.
class SentencepieceBpe final : public VocabularyTokenizer {
 public:
  /// Expects what make_tokenizer has checked; throws Error, naming `where`, unless all 256 byte tokens are there.
  SentencepieceBpe(Vocabulary vocabulary, const std::string& where);

  std::vector<std::int32_t> encode(std::string_view text) const override;
  std::string decode(const std::vector<std::int32_t>& ids) const override;

 private:
  /// `first`: whether the text begins here.
  std::string normalize(std::string_view text, bool first) const;
  void encode_normal(std::string_view normal, KnownIds& known) const;
  std::vector<std::int32_t> encode_word(std::string_view word) const;
  std::optional<Merge> find(std::string_view word, const Symbol& left, const Symbol& right) const;

  TokenIds ids_;  ///< normal tokens only; views of vocabulary_.tokens
  std::optional<MergeRanks> ranks_;
  std::array<std::int32_t, 256> byte_ids_{};
  std::size_t longest_ = 0;        ///< bytes of the longest normal token
  bool words_stand_alone_ = true;  ///< no token goes on into a next word, so that words can be encoded one by one
};

}  // namespace octavo::sim::text
