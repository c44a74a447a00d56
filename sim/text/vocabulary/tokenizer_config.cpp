// What files beside a tokenizer say of it: see tokenizer_config.h.
#include "sim/text/vocabulary/tokenizer_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "messages/error.h"
#include "messages/printable.h"
#include "sim/file/file_bytes.h"
#include "sim/text/vocabulary/token_list.h"

namespace octavo::sim::text {
namespace {

using nlohmann::json;

json parse_object(std::string_view bytes, const std::string& where) {
  json object = json::parse(bytes, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) throw Error(fmt::format("{}: is no JSON object", where));
  return object;
}

std::optional<bool> flag(const json& config, const char* name, const std::string& where) {
  const auto found = config.find(name);
  if (found == config.end() || found->is_null()) return std::nullopt;
  if (!found->is_boolean()) throw Error(fmt::format("{}: {} is neither true nor false", where, name));
  return found->get<bool>();
}

/// The text of the token that `name` names, as a string or as an object with `content`; null if it names none.
json content_of(const json& config, const char* name) {
  const auto found = config.find(name);
  if (found == config.end()) return nullptr;
  return found->is_object() ? found->value("content", json()) : *found;
}

/// The token that `name` names, if the vocabulary has it.
std::optional<std::int32_t> known_token(const json& config, const char* name, const Vocabulary& vocabulary) {
  const json content = content_of(config, name);
  if (!content.is_string()) return std::nullopt;
  const auto at = std::find(vocabulary.tokens.begin(), vocabulary.tokens.end(), content.get_ref<const std::string&>());
  if (at == vocabulary.tokens.end()) return std::nullopt;
  return static_cast<std::int32_t>(at - vocabulary.tokens.begin());
}

/// The same, where it has to be there; nothing if `name` names none.
std::optional<std::int32_t> token(const json& config, const char* name, const Vocabulary& vocabulary,
                                  const std::string& where) {
  const json content = content_of(config, name);
  if (content.is_null()) return std::nullopt;
  if (!content.is_string()) throw Error(fmt::format("{}: {} is no token", where, name));
  const std::optional<std::int32_t> known = known_token(config, name, vocabulary);
  if (!known)
    throw Error(fmt::format("{}: {} is {}, which the vocabulary lacks", where, name,
                            messages::printable(content.get_ref<const std::string&>())));
  return known;
}

void obey(const json& config, const char* asks, const char* names, const std::string& where,
          const Vocabulary& vocabulary, bool& adds, std::optional<std::int32_t>& id) {
  const std::optional<bool> asked = flag(config, asks, where);
  if (!asked) return;
  adds = *asked;
  if (!adds) return;
  if (const auto named = token(config, names, vocabulary, where)) id = named;
  if (!id) throw Error(fmt::format("{}: {} is true, but there is no {}", where, asks, names));
}

std::vector<AddedToken> decoder_tokens(const json& config, const std::string& where) {
  std::vector<AddedToken> added;
  const auto found = config.find("added_tokens_decoder");
  if (found == config.end() || found->is_null()) return added;
  const auto refuse = [&](const std::string& key) {
    throw Error(
        fmt::format("{}: added_tokens_decoder has {}, which is no token by its id", where, messages::printable(key)));
  };
  if (!found->is_object()) refuse("no object");
  for (const auto& [key, value] : found->items()) {
    std::int32_t id = 0;
    const auto [stop, failure] = std::from_chars(key.data(), key.data() + key.size(), id);
    if (failure != std::errc() || stop != key.data() + key.size() || !value.is_object()) refuse(key);
    try {
      added.push_back(added_token(value, id));
    } catch (const json::exception&) {
      refuse(key);
    }
    added.back().normalized = false;  // tokenizers in Python cut all out of the text as it is
  }
  std::sort(added.begin(), added.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return added;
}

}  // namespace

void parse_tokenizer_config(std::string_view bytes, bool adds_tokens, const std::string& where,
                            Vocabulary& vocabulary) {
  const json config = parse_object(bytes, where);
  if (adds_tokens) add_tokens(decoder_tokens(config, where), where, vocabulary);
  if (!vocabulary.eos) vocabulary.eos = known_token(config, "eos_token", vocabulary);
  obey(config, "add_bos_token", "bos_token", where, vocabulary, vocabulary.add_bos, vocabulary.bos);
  obey(config, "add_eos_token", "eos_token", where, vocabulary, vocabulary.add_eos, vocabulary.eos);
}

void parse_added_tokens(std::string_view bytes, const std::string& where, Vocabulary& vocabulary) {
  const json object = parse_object(bytes, where);
  std::vector<AddedToken> added;
  for (const auto& [content, id] : object.items()) {
    if (!id.is_number_integer() || id.get<double>() < 0 || id.get<double>() > std::numeric_limits<std::int32_t>::max())
      throw Error(fmt::format("{}: the id of token {} is none", where, messages::printable(content)));
    const auto number = id.get<std::int32_t>();
    const bool known =
        std::any_of(vocabulary.added.begin(), vocabulary.added.end(),
                    [&, &text = content](const AddedToken& t) { return t.id == number && t.content == text; });
    if (!known) added.push_back({.id = number, .content = content});
  }
  std::sort(added.begin(), added.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  add_tokens(added, where, vocabulary);
}

void read_tokenizer_config(const std::filesystem::path& folder, bool adds_tokens, Vocabulary& vocabulary) {
  const std::filesystem::path added = folder / "added_tokens.json";
  const std::filesystem::path config = folder / "tokenizer_config.json";
  if (adds_tokens && exists(added)) parse_added_tokens(file::file_bytes(added), added.string(), vocabulary);
  if (exists(config)) parse_tokenizer_config(file::file_bytes(config), adds_tokens, config.string(), vocabulary);
}

std::string tokenizer_class(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "tokenizer_config.json";
  if (!exists(file)) return {};
  const json config = parse_object(file::file_bytes(file), file.string());
  const auto found = config.find("tokenizer_class");
  if (found == config.end()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

}  // namespace octavo::sim::text
