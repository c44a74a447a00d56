// GPT-2's tokenizer: see byte_level_bpe.h.
#include "sim/text/bpe/byte_level_bpe.h"

#include <deque>
#include <utility>

#include "sim/text/bpe/byte_alphabet.h"

namespace octavo::sim::text {
namespace {

TokenIds normal_tokens(const Vocabulary& vocabulary) {
  TokenIds ids;
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    if (vocabulary.types[id] == TokenType::normal) ids.emplace(vocabulary.tokens[id], static_cast<std::int32_t>(id));
  }
  return ids;
}

/// Merges may also make, on the way to longer tokens, user-defined ones, which are stored as they are written: GGUF
/// files hold runs of spaces so. `names` keeps their names in the byte alphabet.
TokenIds mergeable_tokens(const Vocabulary& vocabulary, TokenIds ids, std::deque<std::string>& names) {
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    if (vocabulary.types[id] != TokenType::user_defined) continue;
    ids.emplace(vocabulary.tokens[id], static_cast<std::int32_t>(id));
    ids.emplace(names.emplace_back(to_byte_alphabet(vocabulary.tokens[id])), static_cast<std::int32_t>(id));
  }
  return ids;
}

MergeRanks merge_ranks(const Vocabulary& vocabulary, const TokenIds& normal, const std::string& where) {
  std::deque<std::string> names;
  return MergeRanks(vocabulary.merges, mergeable_tokens(vocabulary, normal, names), where);
}

}  // namespace

ByteLevelBpe::ByteLevelBpe(Vocabulary vocabulary, const std::string& where)
    : VocabularyTokenizer(std::move(vocabulary), where),
      ids_(normal_tokens(vocabulary_)),
      ranks_(merge_ranks(vocabulary_, ids_, where)),
      splitter_(vocabulary_.split) {
  vocabulary_.merges = {};  // ranks_ has them
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const char bytes = static_cast<char>(byte);
    const auto found = ids_.find(to_byte_alphabet({&bytes, 1}));
    byte_ids_[byte] = found == ids_.end() ? -1 : found->second;
  }
}

std::vector<std::int32_t> ByteLevelBpe::encode(std::string_view text) const {
  KnownIds known;
  for (const Stretch& outer : added_.cut(text)) {
    if (outer.id >= 0) {
      known.add(outer.id);
      continue;
    }
    const std::string_view between = text.substr(outer.begin, outer.end - outer.begin);
    for (const Stretch& inner : added_.cut_normalized(between)) {
      if (inner.id >= 0) {
        known.add(inner.id);
      } else {
        encode_stretch(between.substr(inner.begin, inner.end - inner.begin), known);
      }
    }
  }
  require_rows(known.ids());
  return std::move(known).ids();
}

void ByteLevelBpe::encode_stretch(std::string_view text, KnownIds& known) const {
  for (const std::string_view piece : splitter_.split(text)) known.add(piece, [&] { return encode_piece(piece); });
}

std::vector<std::int32_t> ByteLevelBpe::encode_piece(std::string_view piece) const {
  if (vocabulary_.ignore_merges) {
    const auto found = ids_.find(to_byte_alphabet(piece));
    if (found != ids_.end()) return {found->second};
  }
  std::vector<Symbol> symbols;
  symbols.reserve(piece.size());
  for (std::size_t at = 0; at < piece.size(); ++at) {
    const std::int32_t id = byte_ids_[static_cast<unsigned char>(piece[at])];
    if (id >= 0) symbols.push_back({at, 1, id});
  }
  merge_symbols(symbols, [&](const Symbol& left, const Symbol& right) { return ranks_.find(left.id, right.id); });
  std::vector<std::int32_t> ids;
  ids.reserve(symbols.size());
  for (const Symbol& symbol : symbols) ids.push_back(symbol.id);
  return ids;
}

std::string ByteLevelBpe::decode(const std::vector<std::int32_t>& ids) const {
  std::string text;
  for (const std::int32_t id : ids) {
    const std::size_t index = index_of(id);
    if (is_markup(id)) continue;
    const std::string& token = vocabulary_.tokens[index];
    text += vocabulary_.types[index] == TokenType::user_defined ? token : from_byte_alphabet(token);
  }
  return text;
}

}  // namespace octavo::sim::text
