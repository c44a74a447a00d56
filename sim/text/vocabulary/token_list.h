// Tokens by id, the way vocab.json, encoder.json, tokenizer.json and what lies beside them give them.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/text/vocabulary.h"

namespace octavo::sim::text {

/// Ids may leave gaps, but a file not more than this in all: one of a few bytes must not take gigabytes.
inline constexpr std::int64_t kMostGaps = 1 << 20;

/// Fills `tokens` and `types` (normal; unused where no token has the id) from the JSON object {token: id}. Throws
/// Error, naming `where`, for ids that are no integers, negative, too far apart or shared by two tokens.
void read_token_object(const nlohmann::json& object, const std::string& where, Vocabulary& vocabulary);

/// Makes `added` tokens of `vocabulary`, among its tokens or beyond; empty ones are left out, of two with the same
/// content the last one counts. One that the vocabulary lacks is control if it is special, else user_defined. Throws
/// Error, naming `where`, for one whose id is negative, too far off, or contradicts what is there.
void add_tokens(const std::vector<AddedToken>& added, const std::string& where, Vocabulary& vocabulary);

/// An added token as JSON gives it; what is left out is as the library has it: no flag set, `normalized` unless
/// special. Throws nlohmann::json::exception for members of another type.
AddedToken added_token(const nlohmann::json& object, std::int64_t id);

/// The two sides of a merge written as "left right". Throws Error, naming `where`, for any other text.
std::pair<std::string, std::string> merge_sides(std::string_view line, const std::string& where);

}  // namespace octavo::sim::text
