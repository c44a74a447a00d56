// Asking the program bible.
#include "experiments/studies/workshop/bible.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <string_view>

#include "messages/error.h"
#include "messages/printable.h"

namespace octavo::experiments::studies {
namespace {

/// As the program abbreviates the first book of each part.
constexpr std::array<std::pair<std::string_view, char>, 3> kFirstBooks{{{"Ge", 'L'}, {"Job", 'P'}, {"Mat", 'N'}}};

std::string output_of(const char* command) {
  struct Close {
    void operator()(std::FILE* pipe) const { pclose(pipe); }
  };
  const std::unique_ptr<std::FILE, Close> pipe(popen(command, "r"));
  std::string text;
  std::array<char, 1 << 16> piece{};
  while (pipe != nullptr) {
    const std::size_t count = std::fread(piece.data(), 1, piece.size(), pipe.get());
    if (count == 0) break;
    text.append(piece.data(), count);
  }
  return text;
}

}  // namespace

std::vector<Verse> parse_verses(const std::string& lines) {
  std::vector<Verse> verses;
  char part = 'L';
  std::string_view rest = lines;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t colon = line.find(':');
    const std::size_t space = line.find(' ');
    if (colon == std::string_view::npos || space == std::string_view::npos || colon > space || space + 1 == line.size())
      throw Error(fmt::format("bible: it prints {}, which is no verse; give --text and --labelled in its place",
                              messages::printable(line)));
    const std::string_view reference = line.substr(0, colon);
    const std::string_view book = reference.substr(0, reference.find_last_not_of("0123456789") + 1);
    for (const auto& [first, begins] : kFirstBooks)
      if (book == first) part = begins;
    verses.push_back({part, std::string(line.substr(space + 1))});
  }
  return verses;
}

std::vector<Verse> bible() {
  const std::string lines =
      output_of("PATH=\"$PATH:/usr/games\"; command -v bible >/dev/null && bible -f 'Gen1:1-Rev22:21'");
  if (lines.empty()) throw Error("bible: no such program; install Debian's bible-kjv, or give --text and --labelled");
  return parse_verses(lines);
}

}  // namespace octavo::experiments::studies
