// Canonical command lines.
#include "experiments/command.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace octavo::experiments {
namespace {

constexpr std::array<std::string_view, 4> kDroppedSwitches{"--resume", "--force", "--quiet", "--json"};
constexpr std::array<std::string_view, 5> kDroppedWithValue{"--out", "--threads", "--checkpoint", "--cache", "--codes"};

constexpr std::string_view kSeveral = "--recipe";  // takes A,B,C

template <class Names>
bool among(const Names& names, std::string_view word) {
  return std::find(names.begin(), names.end(), word) != names.end();
}

std::string base_name(const std::string& word) {
  const std::size_t end = word.find_last_not_of('/');
  if (end == std::string::npos) return word;
  const std::size_t slash = word.rfind('/', end);
  return slash == std::string::npos ? word.substr(0, end + 1) : word.substr(slash + 1, end - slash);
}

/// Of a list with commas.
std::string base_names(const std::string& words) {
  std::string result;
  for (std::size_t begin = 0; begin <= words.size();) {
    const std::size_t end = std::min(words.find(',', begin), words.size());
    result += (begin > 0 ? "," : "") + base_name(words.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

}  // namespace

std::string canonical_command(std::span<const std::string> arguments) {
  std::string result = "octavo";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    const std::size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    const std::string flag = word.substr(0, equals);
    if (among(kDroppedSwitches, flag)) continue;
    if (among(kDroppedWithValue, flag)) {
      if (equals == std::string::npos) ++i;
      continue;
    }
    const bool several = flag == kSeveral || (i > 0 && arguments[i - 1] == kSeveral);
    const auto named = [&](const std::string& value) { return several ? base_names(value) : base_name(value); };
    result += ' ';
    result += equals == std::string::npos ? named(word) : flag + ' ' + named(word.substr(equals + 1));
  }
  return result;
}

}  // namespace octavo::experiments
