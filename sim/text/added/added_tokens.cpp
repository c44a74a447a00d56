// Cutting added tokens out of a text: see added_tokens.h.
#include "sim/text/added/added_tokens.h"

#include <algorithm>

#include "sim/text/added/character_class.h"

namespace octavo::sim::text {

AddedTokens::AddedTokens(const Vocabulary& vocabulary)
    : tokens_(vocabulary.added), special_as_text_(vocabulary.special_as_text) {
  ids_.reserve(tokens_.size());
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    (tokens_[i].normalized ? normalized_ : plain_).add(tokens_[i].content, static_cast<std::int32_t>(i));
    ids_.push_back(tokens_[i].id);
  }
  std::sort(ids_.begin(), ids_.end());
}

bool AddedTokens::contains(std::int32_t id) const { return std::binary_search(ids_.begin(), ids_.end(), id); }

std::vector<Stretch> AddedTokens::cut(std::string_view text, const TokenTrie& trie) const {
  std::vector<Stretch> stretches;
  std::size_t done = 0;
  std::size_t from = 0;
  for (TokenTrie::Match match = trie.find(text, from); match.value >= 0; match = trie.find(text, from)) {
    const AddedToken& token = tokens_[static_cast<std::size_t>(match.value)];
    from = match.end;
    if (token.special && special_as_text_) continue;
    if (token.single_word && (ends_with_word(text.substr(0, match.begin)) || begins_with_word(text.substr(match.end))))
      continue;
    // The token before may have taken the white space in already, even some that this one begins with.
    std::size_t begin = match.begin;
    if (token.lstrip) begin = std::max(done, begin - white_space_at_end(text.substr(0, begin)));
    if (done < begin) stretches.push_back({done, begin, -1});
    done = match.end;
    if (token.rstrip) done += white_space_at_begin(text.substr(done));
    stretches.push_back({begin, done, token.id});
  }
  if (done < text.size()) stretches.push_back({done, text.size(), -1});
  return stretches;
}

}  // namespace octavo::sim::text
