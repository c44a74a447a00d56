// The ranked list of merges as a table: which token two neighbouring tokens become, and how early.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sim/text/bpe/merge.h"

namespace octavo::sim::text {

/// Text of a token -> id. The keys are views of the vocabulary's own strings.
using TokenIds = std::unordered_map<std::string_view, std::int32_t>;

class MergeRanks {
 public:
  /// Throws Error, naming `where`, if a side of a merge or what the two make is no key of `ids`. Of equal pairs the
  /// first counts.
  MergeRanks(const std::vector<std::pair<std::string, std::string>>& merges, const TokenIds& ids,
             const std::string& where);

  /// Earlier merges have larger priorities (minus the rank). Nothing if `left` or `right` is -1 or they never merge.
  std::optional<Merge> find(std::int32_t left, std::int32_t right) const {
    const auto found = merges_.find(key(left, right));
    if (found == merges_.end()) return std::nullopt;
    return found->second;
  }

 private:
  static std::uint64_t key(std::int32_t left, std::int32_t right) {
    return std::uint64_t{static_cast<std::uint32_t>(left)} << 32 | static_cast<std::uint32_t>(right);
  }

  std::unordered_map<std::uint64_t, Merge> merges_;
};

}  // namespace octavo::sim::text
