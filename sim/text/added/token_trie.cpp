// Several strings looked for at once: see token_trie.h.
#include "sim/text/added/token_trie.h"

#include <algorithm>
#include <cassert>

namespace octavo::sim::text {

TokenTrie::TokenTrie() { first_.fill(-1); }

void TokenTrie::add(std::string_view key, std::int32_t value) {
  assert(!key.empty());
  std::int32_t node = -1;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    std::int32_t next = node < 0 ? first_[byte] : child(node, byte);
    if (next < 0) {
      next = static_cast<std::int32_t>(nodes_.size());
      nodes_.emplace_back();
      if (node < 0) {
        first_[byte] = next;
      } else {
        auto& list = nodes_[static_cast<std::size_t>(node)].next;
        list.insert(std::upper_bound(list.begin(), list.end(), std::pair(byte, next)), {byte, next});
      }
    }
    node = next;
  }
  nodes_[static_cast<std::size_t>(node)].value = value;
}

std::int32_t TokenTrie::child(std::int32_t node, unsigned char byte) const {
  const auto& list = nodes_[static_cast<std::size_t>(node)].next;
  const auto found = std::lower_bound(list.begin(), list.end(), std::pair<unsigned char, std::int32_t>(byte, 0));
  return found != list.end() && found->first == byte ? found->second : -1;
}

TokenTrie::Match TokenTrie::find(std::string_view text, std::size_t from) const {
  if (empty()) return {};
  for (std::size_t begin = from; begin < text.size(); ++begin) {
    std::int32_t node = first_[static_cast<unsigned char>(text[begin])];
    Match match;
    for (std::size_t end = begin + 1; node >= 0; ++end) {
      if (const std::int32_t value = nodes_[static_cast<std::size_t>(node)].value; value >= 0)
        match = {begin, end, value};
      if (end == text.size()) break;
      node = child(node, static_cast<unsigned char>(text[end]));
    }
    if (match.value >= 0) return match;
  }
  return {};
}

}  // namespace octavo::sim::text
