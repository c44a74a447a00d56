// A JSON object {token: id} as a list of tokens by id, the way vocab.json, encoder.json and tokenizer.json give them.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace octavo::sim::text {

/// Tokens of `object`, with `added` ones beyond it or among it, by id. Throws Error, naming `where`, unless the ids are
/// all of 0 to n - 1, no two tokens share one, and no added token contradicts the object.
std::vector<std::string> token_list(const nlohmann::json& object,
                                    const std::vector<std::pair<std::string, std::int64_t>>& added,
                                    const std::string& where);

/// The two sides of a merge written as "left right". Throws Error, naming `where`, for any other text.
std::pair<std::string, std::string> merge_sides(std::string_view line, const std::string& where);

}  // namespace octavo::sim::text
