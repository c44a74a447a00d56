// Parsing, and the errors of hostile or mistyped TOML.
#include "messages/toml_document.h"

#include "messages/error.h"
#include "messages/suggestion.h"

namespace octavo::messages {
namespace {

/// What to throw at a line of a file. Words of the file in the message cannot break its line.
Error error_at(const std::string& where, const toml::source_region& source, std::string_view message) {
  std::string line = fmt::format("{}:{}: {}", where, source.begin.line, message);
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return Error(line);
}

/// The text with only ASCII left, for toml++ 3.3 has no defined answer to some other characters outside of strings.
/// They may stand in comments that have their line to themselves; nothing else in a recipe needs them.
std::string ascii(std::string_view toml, const std::string& where) {
  if (toml.starts_with("\xEF\xBB\xBF")) toml.remove_prefix(3);  // byte order mark
  std::string text(toml);
  int line = 1;
  bool begun = false;  // something other than blanks stands on the line
  bool comment = false;
  for (char& c : text) {
    if (c == '\n') {
      ++line;
      begun = comment = false;
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      if (!comment)
        throw Error(
            fmt::format("{}:{}: a character beyond ASCII; recipes take those in comment lines only", where, line));
      c = '?';
    } else if (!begun && c != ' ' && c != '\t') {
      begun = true;
      comment = c == '#';
    }
  }
  return text;
}

toml::table parse(std::string_view text, const std::string& where) {
  try {
    return toml::parse(ascii(text, where), where);
  } catch (const toml::parse_error& error) {
    throw error_at(where, error.source(), fmt::format("not TOML: {}", error.description()));
  }
}

}  // namespace

TomlDocument::TomlDocument(std::string_view text, std::string where)
    : where_(std::move(where)), root_(parse(text, where_)) {}

void TomlDocument::fail(const toml::source_region& source, std::string_view message) const {
  throw error_at(where_, source, message);
}

void TomlDocument::check_keys(const toml::table& table, const std::vector<std::string_view>& known) const {
  for (const auto& [key, value] : table) {
    bool found = false;
    for (const std::string_view name : known) found = found || name == key.str();
    if (!found) fail(key.source(), fmt::format("unknown key '{}'; {}", key.str(), suggestion(key.str(), known)));
  }
}

const toml::table& TomlDocument::table(const toml::node& node, std::string_view what) const {
  if (!node.is_table()) fail(node, fmt::format("{} must be a table", what));
  return *node.as_table();
}

std::string TomlDocument::text(const toml::node& node, std::string_view what) const {
  if (!node.is_string()) fail(node, fmt::format("{} must be a string", what));
  return node.as_string()->get();
}

int TomlDocument::integer(const toml::node& node, std::string_view what, int low, int high) const {
  if (!node.is_integer()) fail(node, fmt::format("{} must be an integer", what));
  const std::int64_t value = node.as_integer()->get();
  if (value < low || value > high) fail(node, fmt::format("{} is {}; give {} to {}", what, value, low, high));
  return static_cast<int>(value);
}

}  // namespace octavo::messages
