// Fitting columns into a line.
#include "experiments/printed/text_table.h"

#include <algorithm>

namespace octavo::experiments::printed {
namespace {

constexpr std::size_t kBetween = 2;
constexpr std::size_t kShortest = 12;  // of a column that is cut or wrapped

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

/// The first `count` characters.
std::string_view head_of(std::string_view text, std::size_t count) {
  std::size_t bytes = 0;
  while (bytes < text.size() && (count > 0 || !begins_character(text[bytes])))
    if (begins_character(text[bytes++])) --count;
  return text.substr(0, bytes);
}

std::string cut(const std::string& text, std::size_t width) {
  return characters(text) <= width ? text : std::string(head_of(text, width - 3)) + "...";
}

std::string padded(const std::string& text, std::size_t width, bool left) {
  const std::string space(width - std::min(width, characters(text)), ' ');
  return left ? text + space : space + text;
}

std::vector<std::string> lines_of(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (characters(text) > width) {
    const std::size_t most = head_of(text, width).size();
    const std::size_t space = text.rfind(' ', most);
    const std::size_t end = space == text.npos || space == 0 ? most : space;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
    while (text.starts_with(' ')) text.remove_prefix(1);
  }
  lines.emplace_back(text);
  return lines;
}

/// The columns that are shown, and how wide each is.
struct Plan {
  std::vector<std::size_t> shown;
  std::vector<std::size_t> widths;  ///< by column
  std::string left_out;

  std::size_t total() const {
    std::size_t sum = shown.empty() ? 0 : kBetween * (shown.size() - 1);
    for (const std::size_t column : shown) sum += widths[column];
    return sum;
  }
};

Plan plan_of(const std::vector<TextColumn>& columns, const std::vector<std::vector<std::string>>& rows,
             std::size_t room) {
  Plan plan;
  std::vector<std::size_t> natural;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    std::size_t widest = 0;
    for (const auto& row : rows) widest = std::max(widest, characters(row[i]));
    natural.push_back(std::max(widest, characters(columns[i].head)));
    if (widest > 0 || rows.empty()) plan.shown.push_back(i);
  }
  plan.widths = natural;
  const auto shrink = [&](Fit fit) {
    for (const std::size_t i : plan.shown) {
      if (columns[i].fit != fit || plan.total() <= room) continue;
      const std::size_t least = std::max(kShortest, characters(columns[i].head));
      const std::size_t over = plan.total() - room;
      plan.widths[i] = plan.widths[i] > least + over ? plan.widths[i] - over : std::min(plan.widths[i], least);
    }
  };
  shrink(Fit::wraps);
  while (plan.total() > room) {
    const auto last = std::find_if(plan.shown.rbegin(), plan.shown.rend(),
                                   [&](std::size_t i) { return columns[i].fit == Fit::may_go; });
    if (last == plan.shown.rend()) break;
    plan.left_out = columns[*last].head + (plan.left_out.empty() ? "" : ", ") + plan.left_out;
    plan.shown.erase(std::next(last).base());
  }
  for (const std::size_t i : plan.shown)  // what has gone makes room
    if (columns[i].fit == Fit::wraps && plan.total() < room)
      plan.widths[i] = std::min(natural[i], plan.widths[i] + room - plan.total());
  shrink(Fit::shortens);
  return plan;
}

void trim(std::string& line) { line.erase(line.find_last_not_of(' ') + 1); }

}  // namespace

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string text_table(const std::vector<TextColumn>& columns, const std::vector<std::vector<std::string>>& rows,
                       std::size_t indent, std::string_view rest) {
  const Plan plan = plan_of(columns, rows, kWidth - indent);
  std::string out;
  const auto add = [&](const auto& cell_of, bool head) {
    std::vector<std::vector<std::string>> cells;  // lines of each shown column
    std::size_t height = 1;
    for (const std::size_t i : plan.shown) {
      const std::string& cell = cell_of(i);
      const bool wraps = columns[i].fit == Fit::wraps && !head;
      cells.push_back(
          wraps ? lines_of(cell, plan.widths[i])
                : std::vector<std::string>{columns[i].fit == Fit::shortens ? cut(cell, plan.widths[i]) : cell});
      height = std::max(height, cells.back().size());
    }
    for (std::size_t n = 0; n < height; ++n) {
      std::string line(indent, ' ');
      for (std::size_t k = 0; k < cells.size(); ++k) {
        const std::size_t i = plan.shown[k];
        line += (k > 0 ? std::string(kBetween, ' ') : "") +
                padded(n < cells[k].size() ? cells[k][n] : "", plan.widths[i], columns[i].words);
      }
      trim(line);
      out += line + '\n';
    }
  };
  add([&](std::size_t i) -> const std::string& { return columns[i].head; }, true);
  for (const auto& row : rows) add([&](std::size_t i) -> const std::string& { return row[i]; }, false);
  if (!plan.left_out.empty())
    out += std::string(indent, ' ') +
           wrapped("left out: " + plan.left_out + " (" + std::string(rest) + ")", kWidth - indent, indent) + '\n';
  return out;
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  if (characters(text) <= width) return std::string(text);
  std::string out;
  for (const std::string& line : lines_of(text, width - indent)) {
    if (!out.empty()) out += '\n' + std::string(indent, ' ');
    out += line;
  }
  return out;
}

}  // namespace octavo::experiments::printed
