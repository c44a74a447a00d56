// The ranked list of merges as a table: see merge_ranks.h.
#include "sim/text/bpe/merge_ranks.h"

#include <fmt/format.h>

#include "messages/error.h"

namespace octavo::sim::text {

MergeRanks::MergeRanks(const std::vector<std::pair<std::string, std::string>>& merges, const TokenIds& ids,
                       const std::string& where) {
  merges_.reserve(merges.size());
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    const auto& [left, right] = merges[rank];
    const auto id = [&](const std::string& token) {
      const auto found = ids.find(token);
      if (found == ids.end()) {
        throw Error(
            fmt::format("{}: merge {} needs the token {:?}, which the vocabulary lacks: are the merges another "
                        "tokenizer's?",
                        where, rank, token));
      }
      return found->second;
    };
    const std::uint64_t pair = key(id(left), id(right));
    merges_.emplace(pair, Merge{-static_cast<double>(rank), id(left + right)});
  }
}

}  // namespace octavo::sim::text
