// A JSON object {token: id} as a list: see token_list.h.
#include "sim/text/vocabulary/token_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "messages/error.h"

namespace octavo::sim::text {

std::vector<std::string> token_list(const nlohmann::json& object,
                                    const std::vector<std::pair<std::string, std::int64_t>>& added,
                                    const std::string& where) {
  if (!object.is_object()) throw Error(fmt::format("{}: the vocabulary is no JSON object of tokens and ids", where));
  std::vector<std::pair<std::int64_t, std::string>> entries;
  entries.reserve(object.size() + added.size());
  for (const auto& [token, id] : object.items()) {
    if (!id.is_number_integer()) throw Error(fmt::format("{}: the id of token {:?} is no integer", where, token));
    entries.emplace_back(id.get<std::int64_t>(), token);
  }
  for (const auto& [token, id] : added) entries.emplace_back(id, token);
  std::sort(entries.begin(), entries.end());
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());

  std::vector<std::string> tokens;
  tokens.reserve(entries.size());
  for (auto& [id, token] : entries) {
    const auto expected = static_cast<std::int64_t>(tokens.size());
    if (id != expected) {
      throw Error(
          fmt::format("{}: token {:?} has id {} where {} is next: ids have to be 0, 1, 2, ... with no gap and no "
                      "two tokens on one",
                      where, token, id, expected));
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

std::pair<std::string, std::string> merge_sides(std::string_view line, const std::string& where) {
  const std::size_t space = line.find(' ');
  if (space == 0 || space == line.npos || space + 1 == line.size() || line.find(' ', space + 1) != line.npos) {
    throw Error(fmt::format("{}: the merge {:?} is not two tokens with a space between", where, line));
  }
  return {std::string(line.substr(0, space)), std::string(line.substr(space + 1))};
}

}  // namespace octavo::sim::text
