// Candidates of a row.
#include "experiments/replay/fit/candidate_rows.h"

#include <fmt/format.h>

#include <algorithm>

namespace octavo::experiments::replay {
namespace {

using formats::Accumulator;
using sim::gemm::Addend;
using sim::gemm::Architecture;
using sim::gemm::GroupOrder;
using sim::gemm::GroupSum;
using sim::gemm::OutputRounding;
using sim::gemm::ZeroProducts;

/// Rows without repetitions.
struct Candidates : CandidateRows {
  void add(const Architecture& row) {
    std::vector<std::string> names{
        std::to_string(row.fraction_bits), zeros(row), output(row), addend(row), products(row), groups(row)};
    if (std::ranges::find(values, names) != values.end()) return;
    rows.push_back(row);
    values.push_back(std::move(names));
  }

 private:
  static std::string zeros(const Architecture& row) {
    if (row.zero_products == ZeroProducts::operand_exponents) return "by operands";
    return row.zero_exponent == kOldZero ? "as 2^-118" : "left out";
  }
  static std::string output(const Architecture& row) {
    switch (row.output) {
      case OutputRounding::e8m13_toward_zero:
        return "14 bits toward zero";
      case OutputRounding::f32_toward_zero:
        return "f32 toward zero";
      case OutputRounding::f32_nearest_even:
        return "f32 to nearest";
      case OutputRounding::f16_nearest_even:
        return row.negative_zero ? "-0 from negative underflow" : "+0 from negative underflow";
    }
    return "";
  }
  static std::string addend(const Architecture& row) {
    return row.addend == Addend::aligned ? "aligned with the products" : "added afterwards";
  }
  static std::string products(const Architecture& row) {
    if (row.group == row.depth) return fmt::format("{} in one sum", row.depth);
    return fmt::format("groups of {}{}", row.group, row.order == GroupOrder::half_words ? " by half words" : "");
  }
  static std::string groups(const Architecture& row) {
    return row.groups == GroupSum::chained ? "chained" : "added at the end";
  }
  static constexpr int kOldZero = -118;  ///< of MMA-Sim's first version: -126 for the zero, beside 2^8
};

}  // namespace

CandidateRows candidate_rows(const Architecture& row) {
  Candidates all;
  all.add(row);
  for (const int change : {0, -1, 1, 12}) {
    for (const int zeros : {0, 1, 2}) {
      Architecture one = row;
      one.fraction_bits += change;
      if (zeros == 1) one.zero_products = ZeroProducts::operand_exponents;
      if (zeros == 2 && row.accumulator == Accumulator::f32) one.zero_exponent = -118;
      all.add(one);
      if (row.accumulator == Accumulator::f16) {
        one.negative_zero = !row.negative_zero;
        all.add(one);
        continue;
      }
      for (const OutputRounding output :
           {OutputRounding::e8m13_toward_zero, OutputRounding::f32_toward_zero, OutputRounding::f32_nearest_even}) {
        one.output = output;
        all.add(one);
      }
    }
  }
  Architecture other = row;
  other.addend = row.addend == Addend::aligned ? Addend::afterwards : Addend::aligned;
  all.add(other);
  for (const int group : {row.depth, row.depth / 2, row.depth / 4}) {
    for (const GroupOrder order : {GroupOrder::consecutive, GroupOrder::half_words}) {
      if (order == GroupOrder::half_words && group != row.depth / 2) continue;
      other = row;
      other.group = group;
      other.order = order;
      if (group == row.depth) other.groups = GroupSum::chained;
      all.add(other);
    }
  }
  if (row.group != row.depth) {
    other = row;
    other.groups = row.groups == GroupSum::chained ? GroupSum::separate : GroupSum::chained;
    all.add(other);
  }
  return all;
}

}  // namespace octavo::experiments::replay
