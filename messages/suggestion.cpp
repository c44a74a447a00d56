// Edit distance by rows of the Wagner-Fischer table; of parts of a candidate by Sellers' (any beginning is free).
#include "messages/suggestion.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

namespace octavo::messages {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

struct Edits {
  std::size_t whole;  ///< from the word to the candidate
  std::size_t part;   ///< from the word to the part of the candidate that is nearest
};

Edits edits(std::string_view word, std::string_view candidate, bool free_beginning) {
  std::vector<std::size_t> before, above(candidate.size() + 1), row(candidate.size() + 1);
  for (std::size_t j = 0; j < above.size(); ++j) above[j] = free_beginning ? 0 : j;
  for (std::size_t i = 1; i <= word.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= candidate.size(); ++j) {
      const bool same = lower(word[i - 1]) == lower(candidate[j - 1]);
      row[j] = std::min({above[j - 1] + (same ? 0 : 1), above[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && lower(word[i - 1]) == lower(candidate[j - 2]) &&
          lower(word[i - 2]) == lower(candidate[j - 1]))
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = std::exchange(above, row);
  }
  return {above.back(), *std::min_element(above.begin(), above.end())};
}

/// How far the candidate is from the word, the whole of it before a part; the largest number if it is not near.
std::size_t distance(std::string_view word, std::string_view candidate) {
  const std::size_t most = std::max<std::size_t>(1, word.size() / 3);
  const std::size_t whole = edits(word, candidate, false).whole;
  std::size_t best = whole <= most ? 2 * whole : std::numeric_limits<std::size_t>::max();
  if (word.size() >= 3) {
    const std::size_t part = edits(word, candidate, true).part;
    if (part <= most) best = std::min(best, 2 * part + 1);
  }
  return best;
}

}  // namespace

std::vector<std::string_view> near(std::string_view word, std::span<const std::string_view> candidates) {
  constexpr std::size_t kLongest = 64, kMost = 3;
  word = word.substr(0, kLongest);
  std::vector<std::string_view> found;
  std::size_t fewest = std::numeric_limits<std::size_t>::max() - 1;
  if (word.empty()) return found;
  for (const std::string_view candidate : candidates) {
    const std::size_t count = distance(word, candidate);
    if (count < fewest) found.clear();
    if (count > fewest || found.size() == kMost) continue;
    fewest = count;
    found.push_back(candidate);
  }
  return found;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> candidates,
                       std::string_view otherwise) {
  const std::vector<std::string_view> found = near(word, candidates);
  std::string text(found.empty() ? "there are " : "did you mean ");
  if (!found.empty()) {
    for (std::size_t i = 0; i < found.size(); ++i) text.append(i == 0 ? "'" : " or '").append(found[i]).append("'");
    return text += '?';
  }
  if (!otherwise.empty()) return std::string(otherwise);
  constexpr std::size_t kListed = 12;
  for (std::size_t i = 0; i < std::min(kListed, candidates.size()); ++i)
    text.append(i == 0 ? "" : ", ").append(candidates[i]);
  return text += candidates.size() > kListed ? ", ..." : "";
}

}  // namespace octavo::messages
