// Several strings looked for at once in a text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace octavo::sim::text {

class TokenTrie {
 public:
  struct Match {
    std::size_t begin = 0, end = 0;
    std::int32_t value = -1;  ///< of the string that was found; -1: none
  };

  TokenTrie();

  /// Looks for `key` (not empty) from now on; of equal keys the last one's value counts.
  void add(std::string_view key, std::int32_t value);

  /// The match that begins first at or after `from`, and the longest of those.
  Match find(std::string_view text, std::size_t from) const;

  bool empty() const { return nodes_.empty(); }

 private:
  struct Node {
    std::vector<std::pair<unsigned char, std::int32_t>> next;  ///< by byte, ascending
    std::int32_t value = -1;
  };
  std::int32_t child(std::int32_t node, unsigned char byte) const;

  std::array<std::int32_t, 256> first_;  ///< node after a key's first byte, or -1: most bytes of a text end here
  std::vector<Node> nodes_;
};

}  // namespace octavo::sim::text
