// Rows that differ from the model's in the points that are open.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "sim/gemm/tensor_core/architectures.h"

namespace octavo::experiments::replay {

inline constexpr std::array<std::string_view, 6> kRowPoints{"fraction bits", "zero products", "output", "c",
                                                            "products",      "groups"};

/// Rows, and what each is called at each point. The first is the model's.
struct CandidateRows {
  std::vector<sim::gemm::Architecture> rows;
  std::vector<std::vector<std::string>> values;
};

/// Every combination of bits, zero rule and output; and the row with another place of c, other groups.
CandidateRows candidate_rows(const sim::gemm::Architecture& row);

}  // namespace octavo::experiments::replay
