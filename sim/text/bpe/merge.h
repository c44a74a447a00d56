// The merge loop of byte-pair encoding: join the best adjacent pair until no pair can be joined.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

namespace octavo::sim::text {

/// A stretch of the piece that is being encoded: a character or byte at first, a token in the end.
struct Symbol {
  std::size_t begin = 0;
  std::size_t length = 0;  ///< bytes; 0 once a neighbour has taken the symbol in
  std::int32_t id = -1;    ///< token, or -1 if no token spells this stretch
};

/// What joining two neighbours gives. The pair with the larger priority goes first, among equals the leftmost.
struct Merge {
  double priority = 0;
  std::int32_t id = -1;
};

/// Joins adjacent symbols of `symbols` in order of priority until `find(left, right)`, an optional<Merge>, knows no
/// pair that is left; what remains keeps its order. O(n log n) for n symbols, whatever the text. Symbols are not empty.
template <class Find>
void merge_symbols(std::vector<Symbol>& symbols, const Find& find) {
  struct Candidate {
    double priority;
    std::size_t left, right, length;
    std::int32_t id;
    bool operator<(const Candidate& other) const {  // std::priority_queue serves its largest element first
      return priority != other.priority ? priority < other.priority : left > other.left;
    }
  };
  const std::size_t none = symbols.size();
  std::vector<std::size_t> previous(symbols.size());
  std::vector<std::size_t> next(symbols.size());
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    previous[i] = i == 0 ? none : i - 1;
    next[i] = i + 1;
  }
  std::priority_queue<Candidate> candidates;
  const auto consider = [&](std::size_t left, std::size_t right) {
    if (left == none || right == none) return;
    if (const std::optional<Merge> merge = find(symbols[left], symbols[right])) {
      candidates.push({merge->priority, left, right, symbols[left].length + symbols[right].length, merge->id});
    }
  };
  for (std::size_t i = 1; i < symbols.size(); ++i) consider(i - 1, i);
  while (!candidates.empty()) {
    const Candidate best = candidates.top();
    candidates.pop();
    Symbol& left = symbols[best.left];
    Symbol& right = symbols[best.right];
    // A candidate is stale once either side has been taken in (length 0) or has grown.
    if (left.length == 0 || right.length == 0 || left.length + right.length != best.length) continue;
    left.length = best.length;
    left.id = best.id;
    right.length = 0;
    next[best.left] = next[best.right];
    if (next[best.right] != none) previous[next[best.right]] = best.left;
    consider(previous[best.left], best.left);
    consider(best.left, next[best.left]);
  }
  std::erase_if(symbols, [](const Symbol& symbol) { return symbol.length == 0; });
}

}  // namespace octavo::sim::text
