// Reading TOML files, and tables one deep.
#include "messages/toml_entries.h"

#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include "messages/error.h"
#include "messages/read_stream.h"
#include "messages/toml_document.h"

namespace octavo::messages {
namespace {

constexpr std::uintmax_t kLargestFile = 1u << 20;

}  // namespace

std::string read_toml_text(const std::filesystem::path& path, std::string_view what) {
  std::error_code failed;
  const std::uintmax_t size =
      std::filesystem::is_regular_file(path, failed) ? std::filesystem::file_size(path, failed) : 0;
  if (failed || !std::filesystem::is_regular_file(path, failed))
    throw Error(fmt::format("{} {}: no such file{}", what, path.string(),
                            what == "recipe" ? "; octavo recipes lists the shipped ones" : ""));
  if (size > kLargestFile)
    throw Error(fmt::format("{} {}: larger than 1 MiB; that is not a {}", what, path.string(), what));
  std::ifstream file(path, std::ios::binary);
  std::optional<std::string> text = file ? read_stream(file) : std::nullopt;
  if (!text) throw Error(fmt::format("{} {}: cannot be read; check its permissions", what, path.string()));
  return *std::move(text);
}

// Characters beyond ASCII are escaped, since parse_recipe takes none in strings.
std::string toml_string(std::string_view text) {
  std::ostringstream out;
  const toml::value<std::string> value{std::string(text)};
  out << toml::toml_formatter(value, toml::toml_formatter::default_flags & ~toml::format_flags::allow_unicode_strings &
                                         ~toml::format_flags::allow_literal_strings);
  return out.str();
}

std::vector<TomlEntry> parse_toml_entries(std::string_view toml, const std::string& where) {
  const TomlDocument document(toml, where);
  std::vector<TomlEntry> entries;
  const auto add = [&](const std::string& section, const toml::key& key, const toml::node& node) {
    TomlEntry entry{section, std::string(key.str()), static_cast<int>(key.source().begin.line), {}};
    if (const auto* truth = node.as_boolean())
      entry.value = truth->get();
    else if (const auto* integer = node.as_integer())
      entry.value = integer->get();
    else if (const auto* number = node.as_floating_point())
      entry.value = number->get();
    else if (const auto* text = node.as_string())
      entry.value = text->get();
    else
      document.fail(node, fmt::format("{} must be a number, a string or true or false", entry.key));
    entries.push_back(std::move(entry));
  };
  for (const auto& [key, node] : document.root())
    if (const toml::table* table = node.as_table()) {
      for (const auto& [inner, value] : *table) add(std::string(key.str()), inner, value);
    } else {
      add("", key, node);
    }
  return entries;
}

}  // namespace octavo::messages
