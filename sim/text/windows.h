// What an evaluation scores: texts cut into windows of at most N tokens that do not overlap.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/text/tokenizer.h"

namespace octavo::sim::text {

/// Token ids of one text.
using Document = std::vector<std::int32_t>;

/// One sequence for the model: after input[0..i] the next token is target[i]. Both have the same length, at least 1.
struct Window {
  std::vector<std::int32_t> input;
  std::vector<std::int32_t> target;

  bool operator==(const Window&) const = default;
};

/// Cuts each document t into windows of at most `context` (>= 1) inputs. Windows do not overlap and do not cross
/// documents.
///  - With `bos`, window w has the inputs [BOS, t(wN), ..., t(wN+N-2)] and the targets [t(wN), ..., t(wN+N-1)], N =
///  context:
///    every token of every document is scored once.
///  - Without, its inputs are [t(wN), ..., t(wN+N-1)] and its targets [t(wN+1), ..., t(wN+N)]: every token is scored
///  once,
///    but for the first one of each document, which has nothing before it.
/// The last window of a document may be shorter; a document with no token to score gives none. Stops once `max_tokens`
/// (>= 1) targets are there, cutting the last window short. Throws Error, naming `where`, if there is nothing to score.
std::vector<Window> evaluation_windows(const std::vector<Document>& documents, std::optional<std::int32_t> bos,
                                       std::int64_t context, std::int64_t max_tokens, const std::string& where);

/// The targets that are scored: all but nn::kNotScored.
std::int64_t scored(std::span<const std::int32_t> targets);
std::int64_t scored(std::span<const Window> windows);

/// Token ids of each text, without BOS, and with EOS at its end where the tokenizer puts one.
std::vector<Document> encode_documents(const Tokenizer& tokenizer, const std::vector<std::string>& texts);

/// How many added tokens the texts of `documents`, as encode_documents() gives them, have; the EOS that it put is none.
std::int64_t count_added(const Tokenizer& tokenizer, const std::vector<Document>& documents);

}  // namespace octavo::sim::text
