// Entries of a table by name: the one look-up behind formats, block formats and conventions.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "messages/suggestion.h"

namespace octavo::messages {

/// The entry of `table` (an array of things with a `name`) that is called `name`, or nullptr.
template <class Entry, std::size_t count>
constexpr const Entry* find_named(const std::array<Entry, count>& table, std::string_view name) {
  for (const Entry& entry : table)
    if (entry.name == name) return &entry;
  return nullptr;
}

/// What to say of a name that no entry has. Of a very long one only the first 64 characters are shown.
template <class Entry, std::size_t count>
std::string unknown_name(std::string_view kind, std::string_view name, const std::array<Entry, count>& table) {
  std::array<std::string_view, count> names;
  for (std::size_t i = 0; i < count; ++i) names[i] = table[i].name;
  std::string message("unknown ");
  message.append(kind).append(" '").append(name.substr(0, 64)).append("'; ");
  return message.append(suggestion(name, names));
}

}  // namespace octavo::messages
