// The ids of a text as it is encoded: words come again and again, and copying is cheaper than merging.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace octavo::sim::text {

class KnownIds {
 public:
  void add(std::int32_t id) { ids_.push_back(id); }

  /// Adds the ids of `piece`: those that it had before, or encode() if it is new. Keeps a view of it.
  template <class Encode>
  void add(std::string_view piece, const Encode& encode) {
    const auto [entry, is_new] = places_.try_emplace(piece, ids_.size(), 0);
    auto& [begin, count] = entry->second;
    if (is_new) {
      const std::vector<std::int32_t> ids = encode();
      count = ids.size();
      ids_.insert(ids_.end(), ids.begin(), ids.end());
    } else {
      for (std::size_t i = begin; i < begin + count; ++i) ids_.push_back(ids_[i]);
    }
  }

  const std::vector<std::int32_t>& ids() const& { return ids_; }
  std::vector<std::int32_t> ids() && { return std::move(ids_); }

 private:
  std::vector<std::int32_t> ids_;
  std::unordered_map<std::string_view, std::pair<std::size_t, std::size_t>>
      places_;  ///< of a piece's ids: begin, count
};

}  // namespace octavo::sim::text
