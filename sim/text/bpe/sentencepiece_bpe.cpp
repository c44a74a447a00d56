// Llama 2's tokenizer: see sentencepiece_bpe.h.
#include "sim/text/bpe/sentencepiece_bpe.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "messages/error.h"
#include "sim/text/bpe/byte_token.h"
#include "sim/text/utf8.h"

namespace octavo::sim::text {
namespace {

constexpr std::string_view kSpace = "\u2581";

/// Where the word that starts at `begin` ends: words begin with their spaces.
std::size_t word_end(std::string_view text, std::size_t begin) {
  std::size_t at = begin;
  while (text.substr(at).starts_with(kSpace)) at += kSpace.size();
  return std::min(text.find(kSpace, at), text.size());
}

}  // namespace

SentencepieceBpe::SentencepieceBpe(Vocabulary vocabulary, const std::string& where)
    : VocabularyTokenizer(std::move(vocabulary), where) {
  byte_ids_.fill(-1);
  for (std::size_t id = 0; id < vocabulary_.tokens.size(); ++id) {
    const std::string& token = vocabulary_.tokens[id];
    if (vocabulary_.types[id] == TokenType::byte) {
      const std::optional<std::uint8_t> byte = byte_of_token(token);
      if (!byte) throw Error(fmt::format("{}: token {} is a byte but is called {:?}, not <0xXX>", where, id, token));
      if (byte_ids_[*byte] < 0) byte_ids_[*byte] = static_cast<std::int32_t>(id);
    } else if (vocabulary_.types[id] == TokenType::normal && !token.empty()) {
      ids_.emplace(token, static_cast<std::int32_t>(id));
      longest_ = std::max(longest_, token.size());
      words_stand_alone_ = words_stand_alone_ && word_end(token, 0) == token.size();
    }
  }
  const auto missing = std::find(byte_ids_.begin(), byte_ids_.end(), -1);
  if (missing != byte_ids_.end()) {
    throw Error(
        fmt::format("{}: the vocabulary has no token <0x{:02X}>; only SentencePiece tokenizers with byte fallback, "
                    "as Llama 2 has it, are supported",
                    where, missing - byte_ids_.begin()));
  }
  if (!vocabulary_.merges.empty()) ranks_.emplace(vocabulary_.merges, ids_, where);
}

std::string SentencepieceBpe::normalize(std::string_view text, bool first) const {
  std::string normal;
  normal.reserve(text.size() + text.size() / 2);
  const bool has_space = text.starts_with(' ') || text.starts_with(kSpace);
  const bool wants_prefix = vocabulary_.add_space_prefix && !(vocabulary_.prefix_only_without_space && has_space) &&
                            (first || !vocabulary_.prefix_first_only);
  if (wants_prefix && !text.empty()) normal += kSpace;
  for (const char c : text) {
    if (c == ' ') {
      normal += kSpace;
    } else {
      normal += c;
    }
  }
  return normal;
}

std::vector<std::int32_t> SentencepieceBpe::encode(std::string_view text) const {
  std::deque<std::string> normals;  // what `known` holds views of
  KnownIds known;
  for (const Stretch& outer : added_.cut(text)) {
    if (outer.id >= 0) {
      known.add(outer.id);
      continue;
    }
    const bool late = vocabulary_.normalizes_late;
    std::string_view between = text.substr(outer.begin, outer.end - outer.begin);
    if (!late) between = normals.emplace_back(normalize(between, outer.begin == 0));
    for (const Stretch& inner : added_.cut_normalized(between)) {
      const std::string_view stretch = between.substr(inner.begin, inner.id < 0 ? inner.end - inner.begin : 0);
      if (inner.id >= 0) {
        known.add(inner.id);
      } else if (late) {
        encode_normal(normals.emplace_back(normalize(stretch, outer.begin + inner.begin == 0)), known);
      } else {
        encode_normal(stretch, known);
      }
    }
  }
  require_rows(known.ids());
  return std::move(known).ids();
}

void SentencepieceBpe::encode_normal(std::string_view normal, KnownIds& known) const {
  for (std::size_t begin = 0; begin < normal.size();) {
    const std::size_t end = words_stand_alone_ ? word_end(normal, begin) : normal.size();
    const std::string_view word = normal.substr(begin, end - begin);
    known.add(word, [&] { return encode_word(word); });
    begin = end;
  }
}

std::optional<Merge> SentencepieceBpe::find(std::string_view word, const Symbol& left, const Symbol& right) const {
  if (ranks_) return ranks_->find(left.id, right.id);
  const std::size_t length = left.length + right.length;
  if (length > longest_) return std::nullopt;
  const auto found = ids_.find(word.substr(left.begin, length));
  if (found == ids_.end()) return std::nullopt;
  return Merge{vocabulary_.scores[static_cast<std::size_t>(found->second)], found->second};
}

std::vector<std::int32_t> SentencepieceBpe::encode_word(std::string_view word) const {
  std::vector<Symbol> symbols;
  symbols.reserve(word.size());
  for (std::size_t at = 0; at < word.size(); at += symbols.back().length) {
    const std::size_t length = std::max<std::size_t>(character_length(word, at), 1);
    const auto found = ids_.find(word.substr(at, length));
    symbols.push_back({at, length, found == ids_.end() ? -1 : found->second});
  }
  merge_symbols(symbols, [&](const Symbol& left, const Symbol& right) { return find(word, left, right); });
  std::vector<std::int32_t> ids;
  for (const Symbol& symbol : symbols) {
    if (symbol.id >= 0) {
      ids.push_back(symbol.id);
    } else {
      for (const char c : word.substr(symbol.begin, symbol.length)) {
        ids.push_back(byte_ids_[static_cast<unsigned char>(c)]);
      }
    }
  }
  return ids;
}

std::string SentencepieceBpe::decode(const std::vector<std::int32_t>& ids) const {
  std::string text;
  bool begins = true;  // the prefix space is dropped here
  for (const std::int32_t id : ids) {
    const std::size_t index = index_of(id);
    const TokenType type = vocabulary_.types[index];
    if (is_markup(id)) {
      begins = begins || vocabulary_.bos == id;
      continue;
    }
    std::string_view token = vocabulary_.tokens[index];
    if (type == TokenType::byte) {
      text.push_back(static_cast<char>(*byte_of_token(token)));
    } else {
      if (begins && vocabulary_.add_space_prefix && token.starts_with(kSpace)) token.remove_prefix(kSpace.size());
      for (std::size_t at = 0; at < token.size();) {
        const bool space = token.substr(at).starts_with(kSpace);
        text.push_back(space ? ' ' : token[at]);
        at += space ? kSpace.size() : 1;
      }
    }
    begins = false;
  }
  return text;
}

}  // namespace octavo::sim::text
