// What decided one result of a tensor core: the exponents of its terms, the largest, and what the alignment kept.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/gemm/tensor_core/reference.h"

namespace octavo::sim::gemm {

/// A summand of one aligned sum: significand * 2^unit, of which kept * 2^quantum entered.
struct TermTrace {
  int k = -1;  ///< element of the instruction; -1: the addend
  int exponent = 0;
  std::int64_t significand = 0;
  int unit = 0;
  std::int64_t kept = 0;
};

/// One aligned sum. Exponents decide nothing if a NaN or an infinity is among the operands (`special`).
struct GroupTrace {
  std::uint32_t addend = 0;  ///< bits of the accumulator's type
  int exponent = 0;          ///< E, the largest of all terms'; zero products count with the row's zero_exponent
  int quantum = 0;           ///< exponent of the last kept place, E - F
  bool special = false;
  std::vector<TermTrace> terms;  ///< that are not zero; the addend first
  std::uint32_t result = 0;      ///< after this group
};

/// The groups of dot_add(row, a, b, c) in order, for rows of the fused datapath without block scales (nothing for
/// others). The results are dot_add's own. Where c is added afterwards, it is in no group.
std::vector<GroupTrace> explain(const Architecture& row, const Element* a, const Element* b, std::uint32_t c);

/// By how much the group's sum may move if each of its terms and the addend were rounded, or cut by a bit, otherwise:
/// a unit of the last kept place for each. 0 if a NaN or an infinity decides.
double slack(const GroupTrace& group);

}  // namespace octavo::sim::gemm
