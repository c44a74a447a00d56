// A TOML file as a flat list of keys, for configurations that are no recipes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace octavo::messages {

/// One `key = value` of a table; `section` is empty at the top.
struct TomlEntry {
  std::string section;
  std::string key;
  int line = 0;
  std::variant<bool, std::int64_t, double, std::string> value;
};

/// The text of a TOML file of at most 1 MiB. Throws Error, calling it `what`, if it cannot be read.
std::string read_toml_text(const std::filesystem::path& path, std::string_view what);

/// `text` as a TOML string in ASCII, quotes included.
std::string toml_string(std::string_view text);

/// Tables one deep, with values that are numbers, strings or booleans. Throws Error with `where` and line for anything
/// else.
std::vector<TomlEntry> parse_toml_entries(std::string_view toml, const std::string& where);

}  // namespace octavo::messages
