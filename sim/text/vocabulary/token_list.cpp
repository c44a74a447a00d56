// Tokens by id: see token_list.h.
#include "sim/text/vocabulary/token_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "messages/error.h"

namespace octavo::sim::text {
namespace {

/// Makes `id` an id of `vocabulary`, which is to have at most `most`.
void reserve_id(std::int64_t id, std::string_view token, std::int64_t most, const std::string& where,
                Vocabulary& vocabulary) {
  const auto size = static_cast<std::int64_t>(vocabulary.tokens.size());
  if (id < 0 || id >= most)
    throw Error(
        fmt::format("{}: token {:?} has id {}, where {} is next: is the file damaged?", where, token, id, size));
  if (id < size) return;
  vocabulary.tokens.resize(static_cast<std::size_t>(id) + 1);
  vocabulary.types.resize(vocabulary.tokens.size(), TokenType::unused);
  if (!vocabulary.scores.empty()) vocabulary.scores.resize(vocabulary.tokens.size());
}

[[noreturn]] void refuse_shared(std::int64_t id, const std::string& one, const std::string& other,
                                const std::string& where) {
  throw Error(fmt::format("{}: tokens {:?} and {:?} have the same id {}", where, one, other, id));
}

}  // namespace

void read_token_object(const nlohmann::json& object, const std::string& where, Vocabulary& vocabulary) {
  if (!object.is_object()) throw Error(fmt::format("{}: the vocabulary is no JSON object of tokens and ids", where));
  std::vector<std::pair<std::int64_t, std::string>> entries;
  entries.reserve(object.size());
  for (const auto& [token, id] : object.items()) {
    if (!id.is_number_integer()) throw Error(fmt::format("{}: the id of token {:?} is no integer", where, token));
    entries.emplace_back(id.get<std::int64_t>(), token);
  }
  std::sort(entries.begin(), entries.end());
  const std::int64_t most = static_cast<std::int64_t>(entries.size()) + kMostGaps;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    auto& [id, token] = entries[i];
    if (i > 0 && entries[i - 1].first == id)
      refuse_shared(id, vocabulary.tokens[static_cast<std::size_t>(id)], token, where);
    reserve_id(id, token, most, where, vocabulary);
    vocabulary.tokens[static_cast<std::size_t>(id)] = std::move(token);
    vocabulary.types[static_cast<std::size_t>(id)] = TokenType::normal;
  }
}

void add_tokens(const std::vector<AddedToken>& added, const std::string& where, Vocabulary& vocabulary) {
  std::unordered_map<std::string_view, std::int32_t> ids;  // of the contents of `added`; -1: not there yet
  for (const AddedToken& token : added) ids.emplace(token.content, -1);
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    if (vocabulary.types[id] == TokenType::unused) continue;
    if (const auto found = ids.find(vocabulary.tokens[id]); found != ids.end() && found->second < 0)
      found->second = static_cast<std::int32_t>(id);
  }
  const auto most = static_cast<std::int64_t>(vocabulary.tokens.size() + added.size()) + kMostGaps;
  std::unordered_map<std::int32_t, std::size_t> places;  // in vocabulary.added, by id
  for (std::size_t i = 0; i < vocabulary.added.size(); ++i) places.emplace(vocabulary.added[i].id, i);
  for (const AddedToken& token : added) {
    if (token.content.empty()) continue;
    reserve_id(token.id, token.content, most, where, vocabulary);
    const auto index = static_cast<std::size_t>(token.id);
    std::int32_t& known = ids.at(token.content);
    const bool is_new = known < 0;
    if (is_new) known = token.id;
    const bool is_there = vocabulary.types[index] != TokenType::unused && vocabulary.tokens[index] == token.content;
    if (!is_there && !is_new)
      throw Error(fmt::format("{}: added token {:?} has id {}, but the vocabulary has it as {}", where, token.content,
                              token.id, known));
    if (!is_there && vocabulary.types[index] != TokenType::unused)
      refuse_shared(token.id, vocabulary.tokens[index], token.content, where);
    if (!is_there) {
      vocabulary.tokens[index] = token.content;
      vocabulary.types[index] = token.special ? TokenType::control : TokenType::user_defined;
    }
    const auto [place, is_first] = places.emplace(token.id, vocabulary.added.size());
    if (is_first) vocabulary.added.emplace_back();
    vocabulary.added[place->second] = token;
  }
}

AddedToken added_token(const nlohmann::json& object, std::int64_t id) {
  if (id < std::numeric_limits<std::int32_t>::min() || id > std::numeric_limits<std::int32_t>::max())
    throw nlohmann::json::out_of_range::create(406, "the id of an added token is out of range", &object);
  const auto flag = [&](const char* name, bool otherwise) {
    const auto found = object.find(name);
    return found == object.end() || found->is_null() ? otherwise : found->get<bool>();
  };
  AddedToken token{.id = static_cast<std::int32_t>(id), .content = object.at("content").get<std::string>()};
  token.special = flag("special", false);
  token.normalized = flag("normalized", !token.special);
  token.lstrip = flag("lstrip", false);
  token.rstrip = flag("rstrip", false);
  token.single_word = flag("single_word", false);
  return token;
}

std::pair<std::string, std::string> merge_sides(std::string_view line, const std::string& where) {
  const std::size_t space = line.find(' ');
  if (space == 0 || space == line.npos || space + 1 == line.size() || line.find(' ', space + 1) != line.npos) {
    throw Error(fmt::format("{}: the merge {:?} is not two tokens with a space between", where, line));
  }
  return {std::string(line.substr(0, space)), std::string(line.substr(space + 1))};
}

}  // namespace octavo::sim::text
