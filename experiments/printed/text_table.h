// Tables for people: as narrow as their cells, and never wider than a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace octavo::experiments::printed {

inline constexpr std::size_t kWidth = 80;  ///< columns of characters

/// What becomes of a column where the table is too wide.
enum class Fit : unsigned char {
  always,    ///< it stays as it is
  may_go,    ///< it is left out, the last of these first; a line below the table names it
  shortens,  ///< its cells are cut, with ... at the cut
  wraps,     ///< its cells go on in the lines below; for a last column of words
};

struct TextColumn {
  std::string head;
  bool words = false;  ///< to the left; numbers stand to the right
  Fit fit = Fit::always;
};

/// A line of heads, then a line a row (of as many cells as there are columns), two spaces between columns. Columns
/// whose cells are all empty are left out silently. `indent` spaces begin each line. `rest` says where what was left
/// out can be found.
std::string text_table(const std::vector<TextColumn>& columns, const std::vector<std::vector<std::string>>& rows,
                       std::size_t indent = 0, std::string_view rest = "in --json");

/// `text` in lines of at most `width` characters, broken at spaces; `indent` spaces begin every line but the first, all
/// of which are then no wider than `width`.
std::string wrapped(std::string_view text, std::size_t width = kWidth, std::size_t indent = 0);

/// Characters of UTF-8, which is what a line is as wide as.
std::size_t characters(std::string_view text);

}  // namespace octavo::experiments::printed
