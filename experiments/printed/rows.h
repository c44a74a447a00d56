// Rows of tables: as Markdown for documents, as CSV for spreadsheets, as text for a terminal.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "experiments/printed/text_table.h"
#include "experiments/store/run_words.h"

namespace octavo::experiments::printed {

/// A cell: numbers with six significant digits, nothing for kNoBias. In CSV numbers are exact, and texts are quoted
/// where they hold a comma or a quote.
template <class T>
std::string cell(const T& value, bool csv) {
  if constexpr (std::is_same_v<T, std::int32_t>) {
    return value == store::kNoBias ? "" : std::to_string(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    return csv ? fmt::format("{}", value) : fmt::format("{:.6g}", value);
  } else if constexpr (std::is_integral_v<T>) {
    return std::to_string(value);
  } else if constexpr (std::is_enum_v<T>) {
    return std::string(store::word(value));
  } else {
    if (!csv || value.find_first_of(",\"\n") == std::string::npos) return value;
    std::string quoted = "\"";
    for (const char c : value) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + '"';
  }
}

template <class Row>
std::string rows_csv(const std::vector<Row>& rows) {
  std::string out;
  Row::visit(rows.front(), [&](const char* name, const auto&) { out += std::string(name) + ','; });
  out.back() = '\n';
  for (const Row& row : rows) {
    Row::visit(row, [&](const char*, const auto& value) { out += cell(value, true) + ','; });
    out.back() = '\n';
  }
  return out;
}

/// Columns that are empty throughout are left out.
template <class Row>
std::string rows_markdown(const std::vector<Row>& rows) {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> cells(rows.size());
  Row::visit(rows.front(), [&](const char* name, const auto&) { names.emplace_back(name); });
  std::vector<bool> used(names.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    Row::visit(rows[i], [&](const char*, const auto& value) {
      cells[i].push_back(cell(value, false));
      if (!cells[i].back().empty()) used[cells[i].size() - 1] = true;
    });
  std::string head, rule, body;
  for (std::size_t column = 0; column < names.size(); ++column)
    if (used[column]) {
      head += fmt::format("| {} ", names[column]);
      rule += "|---";
    }
  for (const std::vector<std::string>& row : cells) {
    for (std::size_t column = 0; column < row.size(); ++column)
      if (used[column]) body += fmt::format("| {} ", row[column]);
    body += "|\n";
  }
  return fmt::format("{}|\n{}|\n{}", head, rule, body);
}

/// A table for a terminal (text_table.h). What is the same in all rows is said once, in a line above; numbers that do
/// not fit are left out, the last first, and `rest` says where they are.
template <class Row>
std::string rows_text(const std::vector<Row>& rows, std::string_view rest) {
  std::vector<TextColumn> columns;
  std::vector<std::vector<std::string>> by_column;
  Row::visit(rows.front(), [&]<class T>(const char* name, const T&) {
    constexpr bool number = std::is_arithmetic_v<T>;
    columns.push_back({name, !number, number ? Fit::may_go : Fit::shortens});
  });
  by_column.resize(columns.size());
  for (const Row& row : rows) {
    std::size_t column = 0;
    Row::visit(row, [&](const char*, const auto& value) { by_column[column++].push_back(cell(value, false)); });
  }
  std::string shared;
  std::vector<TextColumn> shown;
  std::vector<std::vector<std::string>> cells(rows.size());
  for (std::size_t column = 0; column < columns.size(); ++column) {
    const std::vector<std::string>& values = by_column[column];
    if (rows.size() > 1 && std::equal(values.begin() + 1, values.end(), values.begin())) {
      if (!values.front().empty())
        shared += fmt::format("{}{} {}", shared.empty() ? "" : ", ", columns[column].head, values.front());
      continue;
    }
    shown.push_back(columns[column]);
    for (std::size_t i = 0; i < rows.size(); ++i) cells[i].push_back(values[i]);
  }
  return (shared.empty() ? "" : wrapped("in all rows: " + shared, kWidth, 4) + '\n') +
         text_table(shown, cells, 0, rest);
}

}  // namespace octavo::experiments::printed
