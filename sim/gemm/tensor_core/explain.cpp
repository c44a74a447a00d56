// The exponents behind a dot-add, group by group.
#include "sim/gemm/tensor_core/explain.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace octavo::sim::gemm {
namespace {

using formats::Accumulator;

constexpr std::size_t kMaxDepth = 64;
using Elements = std::array<Element, kMaxDepth>;

/// The group that takes element k.
int group_of(const Architecture& row, int k) {
  return row.order == GroupOrder::half_words ? k % 4 / 2 + k / (2 * row.group) * 2 : k / row.group;
}

/// The elements of the groups from `first` to `last`, zeros elsewhere.
Elements only(const Architecture& row, const Element* elements, int first, int last) {
  Elements result{};
  for (int k = 0; k < row.depth; ++k)
    if (group_of(row, k) >= first && group_of(row, k) <= last) result[static_cast<std::size_t>(k)] = elements[k];
  return result;
}

Element decode_addend(Accumulator accumulator, std::uint32_t bits) {
  if (accumulator == Accumulator::f16) return decode_element(formats::fp16, bits);
  const auto field = static_cast<int>(bits >> 23 & 0xFFu);
  const auto fraction = static_cast<std::int32_t>(bits & 0x7FFFFFu);
  Element element;
  if (field == 0xFF) {
    element.kind = fraction == 0 ? Element::Kind::infinite : Element::Kind::nan;
    return element;
  }
  const std::int32_t significand = field == 0 ? fraction : fraction | 0x800000;
  element.significand = bits >> 31 != 0 ? -significand : significand;
  element.exponent = static_cast<std::int16_t>(std::max(field, 1) - 127);
  element.unit = static_cast<std::int16_t>(element.exponent - 23);
  return element;
}

std::int64_t toward_zero(std::int64_t significand, int shift) {
  if (shift <= 0) return significand * (std::int64_t{1} << -shift);
  return shift > 62 ? 0 : significand / (std::int64_t{1} << shift);
}

GroupTrace trace(const Architecture& row, const Element* a, const Element* b, int group, std::uint32_t addend_bits) {
  GroupTrace result;
  result.addend = addend_bits;
  const Element addend = decode_addend(row.accumulator, addend_bits);
  result.special = addend.kind != Element::Kind::finite;
  int largest = std::numeric_limits<int>::min();
  const auto add = [&](const TermTrace& term) {
    if (term.significand == 0) return;
    largest = std::max(largest, term.exponent);
    result.terms.push_back(term);
  };
  add({.k = -1, .exponent = addend.exponent, .significand = addend.significand, .unit = addend.unit, .kept = 0});
  for (int k = 0; k < row.depth; ++k) {
    if (group_of(row, k) != group) continue;
    result.special = result.special || a[k].kind != Element::Kind::finite || b[k].kind != Element::Kind::finite;
    const std::int64_t significand = std::int64_t{a[k].significand} * b[k].significand;
    const int exponent = a[k].exponent + b[k].exponent;
    if (significand == 0)
      largest = std::max(largest, row.zero_products == ZeroProducts::fixed_exponent ? row.zero_exponent : exponent);
    add({.k = k, .exponent = exponent, .significand = significand, .unit = a[k].unit + b[k].unit, .kept = 0});
  }
  result.exponent = largest;
  result.quantum = largest - row.fraction_bits;
  if (!result.special)
    for (TermTrace& term : result.terms) term.kept = toward_zero(term.significand, result.quantum - term.unit);
  return result;
}

}  // namespace

std::vector<GroupTrace> explain(const Architecture& row, const Element* a, const Element* b, std::uint32_t c) {
  std::vector<GroupTrace> groups;
  if (row.datapath != Datapath::fused || row.scale != BlockScale::none) return groups;
  const std::uint32_t first_addend = row.addend == Addend::aligned ? c : 0u;
  for (int group = 0; group < row.depth / row.group; ++group) {
    const bool chained = row.groups == GroupSum::chained;
    const std::uint32_t addend = group == 0 ? first_addend : chained ? groups.back().result : 0u;
    GroupTrace one = trace(row, a, b, group, addend);
    // Zeros in place of the groups to come (or of all others) leave the sum so far as it is.
    const int from = chained ? 0 : group;
    one.result = dot_add(row, only(row, a, from, group).data(), only(row, b, from, group).data(),
                         chained || group == 0 ? first_addend : 0u);
    groups.push_back(std::move(one));
  }
  return groups;
}

double slack(const GroupTrace& group) {
  if (group.special || group.terms.empty()) return 0;
  return std::ldexp(static_cast<double>(group.terms.size()), group.quantum);
}

}  // namespace octavo::sim::gemm
