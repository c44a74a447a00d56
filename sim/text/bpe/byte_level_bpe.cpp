// GPT-2's tokenizer: see byte_level_bpe.h.
#include "sim/text/bpe/byte_level_bpe.h"

#include <fmt/format.h>

#include <unordered_map>
#include <utility>

#include "messages/error.h"
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

}  // namespace

ByteLevelBpe::ByteLevelBpe(Vocabulary vocabulary, const std::string& where)
    : vocabulary_(std::move(vocabulary)),
      ids_(normal_tokens(vocabulary_)),
      ranks_(vocabulary_.merges, ids_, where),
      splitter_(vocabulary_.split) {
  vocabulary_.merges = {};  // ranks_ has them
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const char bytes = static_cast<char>(byte);
    const auto found = ids_.find(to_byte_alphabet({&bytes, 1}));
    byte_ids_[byte] = found == ids_.end() ? -1 : found->second;
  }
}

std::optional<std::int32_t> ByteLevelBpe::bos() const { return vocabulary_.add_bos ? vocabulary_.bos : std::nullopt; }

std::vector<std::int32_t> ByteLevelBpe::encode(std::string_view text) const {
  std::vector<std::int32_t> ids;
  std::unordered_map<std::string_view, std::vector<std::int32_t>> known;
  for (const std::string_view piece : splitter_.split(text)) {
    const auto [entry, is_new] = known.try_emplace(piece);
    if (is_new) entry->second = encode_piece(piece);
    ids.insert(ids.end(), entry->second.begin(), entry->second.end());
  }
  return ids;
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
    if (id < 0 || id >= size()) throw Error(fmt::format("token id {} is not below the vocabulary's {}", id, size()));
    const auto index = static_cast<std::size_t>(id);
    if (vocabulary_.types[index] != TokenType::control) text += from_byte_alphabet(vocabulary_.tokens[index]);
  }
  return text;
}

}  // namespace octavo::sim::text
