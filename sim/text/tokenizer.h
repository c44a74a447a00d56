// Text to token ids and back.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/text/vocabulary.h"

namespace octavo::sim::text {

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// Ids of `text` (any bytes; invalid UTF-8 is taken byte by byte), without BOS or EOS of the tokenizer's own. Added
  /// tokens written in the text are cut out of it first (see Vocabulary). Throws Error, naming the token, if the text
  /// uses one that the model has no row for.
  virtual std::vector<std::int32_t> encode(std::string_view text) const = 0;

  /// The bytes that `ids` stand for; control tokens give nothing. Where the tokenizer puts a space before a text, that
  /// space is dropped at the start and after BOS, so that decode(encode(text)) is text again: decode a generated text
  /// as a whole, not token by token. Throws Error for an id outside the vocabulary.
  virtual std::string decode(const std::vector<std::int32_t>& ids) const = 0;

  /// Tokens, with the ids that no token has; may be more than the model has rows.
  virtual std::int64_t size() const = 0;
  /// The token that every evaluation window starts with, if the tokenizer puts one.
  virtual std::optional<std::int32_t> bos() const = 0;
  /// The token that ends a text, if the vocabulary has one.
  virtual std::optional<std::int32_t> eos() const = 0;
  /// The token that every text ends with, if the tokenizer puts one.
  virtual std::optional<std::int32_t> appended_eos() const = 0;
  /// Whether `id` is a token that is cut out of texts.
  virtual bool is_added(std::int32_t id) const = 0;
};

/// Checks the vocabulary (ids of merges exist, scores for every token, ...) and builds the tokenizer it describes.
/// Throws Error, naming `where` the vocabulary came from.
std::unique_ptr<Tokenizer> make_tokenizer(Vocabulary vocabulary, const std::string& where);

}  // namespace octavo::sim::text
