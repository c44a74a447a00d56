// Groups by datapath.
#include "sim/gemm/tensor_core/group.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

namespace octavo::sim::gemm {

using formats::Accumulator;

namespace {

constexpr Element kOne{.significand = 1};

Term zero_term(const Architecture& row, int operand_exponents) {
  const bool fixed = row.zero_products == ZeroProducts::fixed_exponent;
  return {.exponent = fixed ? row.zero_exponent : operand_exponents};
}

Term product_term(const Architecture& row, const Element& a, const Element& b, int scale_exponent) {
  const int exponent = a.exponent + b.exponent + scale_exponent;
  const std::int64_t significand = std::int64_t{a.significand} * b.significand;
  if (significand == 0) return zero_term(row, exponent);
  return {.significand = significand, .unit = a.unit + b.unit + scale_exponent, .exponent = exponent};
}

/// c as a term. A zero c aligns as a zero product does.
Term addend_term(const Architecture& row, const Element& c) {
  if (c.significand == 0) return zero_term(row, c.exponent);
  return {.significand = c.significand, .unit = c.unit, .exponent = c.exponent};
}

/// c and the row's products at k = index(0), index(1), ...
template <class Index>
std::uint32_t fused(const Architecture& row, const Element* a, const Element* b, Index index, const Element& c,
                    int scale_exponent) {
  Specials specials;
  specials.product(c, kOne);
  std::array<Term, kMaxDepth + 1> terms;
  for (int i = 0; i < row.group; ++i) {
    const int k = index(i);
    specials.product(a[k], b[k]);
    terms[static_cast<std::size_t>(i)] = product_term(row, a[k], b[k], scale_exponent);
  }
  if (specials.any()) return specials.result(row.accumulator);
  terms[static_cast<std::size_t>(row.group)] = addend_term(row, c);
  return round_output(row, aligned_sum(terms.data(), row.group + 1, row.fraction_bits));
}

}  // namespace

std::uint32_t Specials::result(Accumulator accumulator) const {
  const bool f32 = accumulator == Accumulator::f32;
  if (nan || (positive && negative)) return f32 ? kNanF32 : kNanF16;
  return f32 ? (positive ? 0x7F800000u : 0xFF800000u) : (positive ? 0x7C00u : 0xFC00u);
}

std::uint32_t fused_group(const Architecture& row, const Element* a, const Element* b, int group, const Element& c,
                          int scale_exponent) {
  if (row.order == GroupOrder::half_words)
    return fused(
        row, a, b, [&](int i) { return i / 2 * 4 + group * 2 + i % 2; }, c, scale_exponent);
  return fused(
      row, a, b, [&](int i) { return group * row.group + i; }, c, scale_exponent);
}

std::uint32_t even_odd_group(const Architecture& row, const Element* a, const Element* b, const Element& c) {
  constexpr int kSumBits = 32;   // fraction bits of the product sum when it meets c
  constexpr int kAbsent = -999;  // exponent of "no product"
  Specials specials;
  specials.product(c, kOne);
  std::array<Term, kSubGroup> terms;
  for (int k = 0; k < row.group; ++k) {
    specials.product(a[k], b[k]);
    Term term = product_term(row, a[k], b[k], 0);
    term.absent = term.significand == 0;
    terms[static_cast<std::size_t>(k % 2 * (row.group / 2) + k / 2)] = term;
  }
  if (specials.any()) return specials.result(row.accumulator);
  const int half = row.group / 2;
  const auto largest = [&](const Term* first) {
    int exponent = kAbsent;
    for (int i = 0; i < half; ++i)
      if (!first[i].absent) exponent = std::max(exponent, first[i].exponent);
    return exponent;
  };
  const int bits = row.fraction_bits;
  const int even_exponent = largest(terms.data());
  const int odd_exponent = largest(terms.data() + half);
  const int dot_exponent = std::max(even_exponent, odd_exponent);
  const std::int64_t dot = shift_down(aligned_sum(terms.data(), half, bits).total, dot_exponent - even_exponent) +
                           shift_down(aligned_sum(terms.data() + half, half, bits).total, dot_exponent - odd_exponent);
  // A zero c counts with f32's smallest exponent.
  const int c_exponent = c.significand == 0 ? -126 : c.exponent;
  const int exponent = std::max(dot_exponent, c_exponent);
  const int quantum = exponent - kSumBits;
  std::int64_t total = shift_down(dot, quantum - (dot_exponent - bits));
  if (c.significand != 0 && c_exponent >= exponent - bits - 1) {
    const std::int64_t kept = shift_down(c.significand, exponent - bits - c.unit);
    total += kept * (std::int64_t{1} << (kSumBits - bits));
  }
  if (total == 0) return 0;
  // The sum keeps 31 fraction bits below its own leading bit, rounded down, before the final rounding.
  const int top =
      std::max(quantum + static_cast<int>(std::bit_width(static_cast<std::uint64_t>(std::llabs(total)))) - 1, -126);
  const int cut = std::max(top - (kSumBits - 1) - quantum, 0);
  return round_output(row, {.total = shift_down(total, cut), .quantum = quantum + cut});
}

std::uint32_t scaled_groups(const Architecture& row, const Element* a, const Element* b, const Element* a_scales,
                            const Element* b_scales, const Element& c) {
  Specials specials;
  specials.product(c, kOne);
  const int groups = row.depth / kSubGroup;
  std::array<Term, kMaxDepth / kSubGroup + 1> terms;
  for (int group = 0; group < groups; ++group) {
    const Element& sa = a_scales[group];
    const Element& sb = b_scales[group];
    // E2M1 products are multiples of 2^-2; their sum of 16 is exact and enters unnormalised, aligned by its scales
    // alone.
    std::int64_t products = 0;
    bool zero = true;
    for (int i = group * kSubGroup; i < (group + 1) * kSubGroup; ++i) {
      const std::int64_t product = std::int64_t{a[i].significand} * b[i].significand;
      products += product * (std::int64_t{1} << (a[i].unit + b[i].unit + 2));
      zero = zero && product == 0;
    }
    const std::int64_t significand = products * sa.significand * sb.significand;
    Term& term = terms[static_cast<std::size_t>(group)];
    term = {.significand = significand, .unit = sa.unit + sb.unit - 2, .exponent = sa.exponent + sb.exponent};
    // A sum that cancels keeps the exponent of its scales; one of zero products only, or a zero scale, does not.
    if (zero || sa.significand == 0 || sb.significand == 0) term = zero_term(row, term.exponent);
  }
  if (specials.any()) return specials.result(row.accumulator);
  terms[static_cast<std::size_t>(groups)] = addend_term(row, c);
  return round_output(row, aligned_sum(terms.data(), groups + 1, row.fraction_bits));
}

}  // namespace octavo::sim::gemm
