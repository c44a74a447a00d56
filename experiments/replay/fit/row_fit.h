// Which parameters of an instruction's row give all recorded results: what a recording says about the open points.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "experiments/replay/fit/candidate_tally.h"
#include "experiments/store/cases/cases.h"
#include "sim/gemm/tensor_core/architectures.h"

namespace octavo::experiments::replay {

/// Takes recorded products one by one; for instructions of the fused datapath without block scales, and for the
/// promotion interval of chained and library products.
class RowFit {
 public:
  /// Products of other operations and conversions are passed over. The case is one that compare accepts.
  void add(const store::Case& recorded);

  /// For each operation: every open point with the values that fit and the families that exclude each of the others;
  /// then the rows that fit everything, or that none does. Empty if nothing was added.
  std::string text() const;

 private:
  /// Of one operation without its operand formats ("wgmma.m64n8k32.f32").
  struct Group {
    std::int64_t results = 0;
    std::vector<sim::gemm::Architecture> rows;
    std::optional<CandidateTally> tally;              ///< of the rows
    std::map<std::int64_t, std::int64_t> promotions;  ///< mismatches by interval
    std::int64_t promoted_results = 0;
  };
  std::map<std::string, Group> groups_;
};

}  // namespace octavo::experiments::replay
