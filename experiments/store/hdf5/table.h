// Tables: vectors of row structs to and from packed compound rows.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "experiments/store/hdf5/file.h"
#include "experiments/store/words.h"

namespace octavo::experiments::store {

/// What a column of text holds of a member: the text, or the word of an enum.
inline std::string_view text_of(const std::string& member) { return member; }
template <Worded E>
std::string_view text_of(E member) {
  return word(member);
}

/// The columns of `Row` (a struct with visit), text as wide as the widest of `rows`.
template <class Row>
std::vector<Column> columns_of(std::span<const Row> rows) {
  std::vector<Column> columns;
  const Row sample{};
  Row::visit(sample, [&]<class Member>(const char* name, const Member&) {
    if constexpr (Number<Member>)
      columns.push_back({name, type_of<Member>, sizeof(Member)});
    else
      columns.push_back({name, Type::text, 1});
  });
  for (const Row& row : rows) {
    std::size_t i = 0;
    Row::visit(row, [&]<class Member>(const char*, const Member& member) {
      if constexpr (!Number<Member>) columns[i].bytes = std::max(columns[i].bytes, text_of(member).size());
      ++i;
    });
  }
  return columns;
}

/// Writes `rows` as the table `name`. Throws Error if that fails.
template <class Row>
void write_table(const Group& group, const std::string& name, std::span<const Row> rows) {
  const std::vector<Column> columns = columns_of(rows);
  std::vector<std::byte> packed;
  for (const Row& row : rows) {
    std::size_t i = 0;
    Row::visit(row, [&]<class Member>(const char*, const Member& member) {
      const std::size_t begin = packed.size();
      packed.resize(begin + columns[i].bytes);
      if constexpr (Number<Member>)
        std::memcpy(packed.data() + begin, &member, sizeof member);
      else
        std::memcpy(packed.data() + begin, text_of(member).data(), text_of(member).size());
      ++i;
    });
  }
  group.write_rows(name, columns, packed, rows.size());
}

/// Reads the table `name`. Throws Error if it or a column is missing or of another type.
template <class Row>
std::vector<Row> read_table(const Group& group, const std::string& name) {
  std::vector<Column> columns = columns_of(std::span<const Row>());
  const std::vector<std::byte> packed = group.read_rows(name, columns);
  std::vector<Row> rows(group.length(name));
  const std::byte* at = packed.data();
  for (Row& row : rows) {
    std::size_t i = 0;
    Row::visit(row, [&]<class Member>(const char* column, Member& member) {
      if constexpr (Number<Member>) {
        std::memcpy(&member, at, sizeof member);
      } else {
        const auto* text = reinterpret_cast<const char*>(at);
        std::size_t bytes = columns[i].bytes;
        while (bytes > 0 && text[bytes - 1] == '\0') --bytes;
        if constexpr (Worded<Member>)
          member = from_word<Member>({text, bytes}, group.where() + "/" + name + "/" + column);
        else
          member.assign(text, bytes);
      }
      at += columns[i].bytes;
      ++i;
    });
  }
  return rows;
}

}  // namespace octavo::experiments::store
