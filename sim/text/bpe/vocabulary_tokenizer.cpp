// What the tokenizers have in common: see vocabulary_tokenizer.h.
#include "sim/text/bpe/vocabulary_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "messages/error.h"
#include "messages/printable.h"

namespace octavo::sim::text {

VocabularyTokenizer::VocabularyTokenizer(Vocabulary vocabulary, std::string where)
    : vocabulary_(std::move(vocabulary)), where_(std::move(where)), added_(vocabulary_) {
  for (const TokenType type : vocabulary_.types) markup_.push_back(type == TokenType::control);
  for (const AddedToken& token : vocabulary_.added)
    if (token.special) markup_[static_cast<std::size_t>(token.id)] = true;
  std::copy_if(vocabulary_.added.begin(), vocabulary_.added.end(), std::back_inserter(doubtful_),
               [](const AddedToken& token) { return token.other_id.has_value(); });
  vocabulary_.added = {};  // added_ has them
  for (const auto& [name, id] : {std::pair("BOS", bos()), std::pair("EOS", appended_eos())})
    if (id && *id >= vocabulary_.model_size)
      throw Error(
          fmt::format("{}: the tokenizer puts {} (token {}) at every text, but the model has {} tokens: is it "
                      "another model's tokenizer?",
                      where_, name, *id, vocabulary_.model_size));
}

void VocabularyTokenizer::require_rows(const std::vector<std::int32_t>& ids) const {
  if (ids.empty()) return;
  for (const AddedToken& token : doubtful_)
    if (std::find(ids.begin(), ids.end(), token.id) != ids.end())
      throw Error(
          fmt::format("{}: the text uses token {}, whose id is {} by this file but {} by the library that reads "
                      "it, as ids leave a gap; give the ids themselves (--token-ids)",
                      where_, messages::printable(token.content), token.id, *token.other_id));
  const std::int32_t largest = *std::max_element(ids.begin(), ids.end());
  if (largest < vocabulary_.model_size) return;
  throw Error(fmt::format(
      "{}: the text uses token {} ({}), but the model has {} tokens: is it another model's tokenizer?", where_,
      messages::printable(vocabulary_.tokens[static_cast<std::size_t>(largest)]), largest, vocabulary_.model_size));
}

std::size_t VocabularyTokenizer::index_of(std::int32_t id) const {
  if (id < 0 || id >= size()) throw Error(fmt::format("token id {} is not below the vocabulary's {}", id, size()));
  return static_cast<std::size_t>(id);
}

}  // namespace octavo::sim::text
