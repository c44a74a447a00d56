// Which order of a library's operations gives all recorded results: what a recording says about its open points.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "experiments/replay/fit/candidate_tally.h"
#include "experiments/store/cases/cases.h"

namespace octavo::experiments::replay {

/// Takes recorded cases one by one.
class LibraryFit {
 public:
  /// Cases without a call are passed over. The case is one that compare accepts.
  void add(const store::Case& recorded);

  /// As RowFit's: by point, then the orders that fit everything. Empty if nothing was added.
  std::string text() const;

 private:
  std::optional<CandidateTally> tally_;
  std::int64_t results_ = 0;
};

}  // namespace octavo::experiments::replay
