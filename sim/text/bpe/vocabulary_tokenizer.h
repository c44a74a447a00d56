// What the tokenizers have in common: their vocabulary and the tokens cut out of texts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/text/added/added_tokens.h"
#include "sim/text/tokenizer.h"

namespace octavo::sim::text {

class VocabularyTokenizer : public Tokenizer {
 public:
  std::int64_t size() const final { return static_cast<std::int64_t>(vocabulary_.tokens.size()); }
  std::optional<std::int32_t> bos() const final { return vocabulary_.add_bos ? vocabulary_.bos : std::nullopt; }
  std::optional<std::int32_t> eos() const final { return vocabulary_.eos; }
  std::optional<std::int32_t> appended_eos() const final {
    return vocabulary_.add_eos ? vocabulary_.eos : std::nullopt;
  }
  bool is_added(std::int32_t id) const final { return added_.contains(id); }

 protected:
  VocabularyTokenizer(Vocabulary vocabulary, std::string where);

  /// Throws Error unless the model has a row for each of `ids`, and each is the token's id beyond doubt.
  void require_rows(const std::vector<std::int32_t>& ids) const;
  /// The index of `id` in the vocabulary. Throws Error if there is none.
  std::size_t index_of(std::int32_t id) const;
  /// Whether `id` marks up a text and gives none when decoded.
  bool is_markup(std::int32_t id) const { return markup_[static_cast<std::size_t>(id)]; }

  Vocabulary vocabulary_;
  std::string where_;
  AddedTokens added_;

 private:
  std::vector<bool> markup_;          ///< by id
  std::vector<AddedToken> doubtful_;  ///< those with another id
};

}  // namespace octavo::sim::text
