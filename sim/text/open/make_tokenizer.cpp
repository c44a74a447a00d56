// Checks a vocabulary and builds the tokenizer that it describes.
#include "sim/text/tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "messages/error.h"
#include "sim/text/bpe/byte_level_bpe.h"
#include "sim/text/bpe/sentencepiece_bpe.h"

namespace octavo::sim::text {
namespace {

void check(const Vocabulary& vocabulary, const std::string& where) {
  const std::size_t size = vocabulary.tokens.size();
  if (size == 0) throw Error(fmt::format("{}: the vocabulary is empty", where));
  if (size > std::numeric_limits<std::int32_t>::max())
    throw Error(fmt::format("{}: {} tokens are too many", where, size));
  if (vocabulary.types.size() != size) {
    throw Error(fmt::format("{}: {} tokens but {} token types", where, size, vocabulary.types.size()));
  }
  const bool scored = vocabulary.algorithm == Algorithm::sentencepiece_bpe && vocabulary.merges.empty();
  if (scored && vocabulary.scores.size() != size) {
    throw Error(fmt::format("{}: {} tokens but {} scores", where, size, vocabulary.scores.size()));
  }
  if (scored &&
      std::any_of(vocabulary.scores.begin(), vocabulary.scores.end(), [](float s) { return std::isnan(s); })) {
    throw Error(fmt::format("{}: a token's score is not a number", where));
  }
  const auto check_id = [&](const char* name, std::optional<std::int32_t> id) {
    if (id && (*id < 0 || static_cast<std::size_t>(*id) >= size)) {
      throw Error(fmt::format("{}: {} is token {}, but there are {} tokens", where, name, *id, size));
    }
  };
  check_id("BOS", vocabulary.bos);
  check_id("EOS", vocabulary.eos);
  check_id("the unknown token", vocabulary.unknown);
  if (vocabulary.add_bos && !vocabulary.bos)
    throw Error(fmt::format("{}: texts begin with BOS, but no token is BOS", where));
  if (vocabulary.add_eos && !vocabulary.eos)
    throw Error(fmt::format("{}: texts end with EOS, but no token is EOS", where));
  for (const AddedToken& token : vocabulary.added) {
    if (token.content.empty()) throw Error(fmt::format("{}: added token {} is empty", where, token.id));
    check_id("an added token", token.id);
  }
}

}  // namespace

std::unique_ptr<Tokenizer> make_tokenizer(Vocabulary vocabulary, const std::string& where) {
  check(vocabulary, where);
  if (vocabulary.algorithm == Algorithm::byte_level_bpe) {
    return std::make_unique<ByteLevelBpe>(std::move(vocabulary), where);
  }
  return std::make_unique<SentencepieceBpe>(std::move(vocabulary), where);
}

}  // namespace octavo::sim::text
