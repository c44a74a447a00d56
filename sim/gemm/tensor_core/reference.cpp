// The truncated fused dot-product-add, step by step; every vector kernel is tested against this file.
#include "sim/gemm/tensor_core/reference.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstdlib>

#include "formats/decode.h"
#include "formats/encode.h"

namespace octavo::sim::gemm {
namespace {

using formats::Accumulator;
using formats::Overflow;
using formats::Rounding;
using formats::Spec;

constexpr int kMaxDepth = 64;
constexpr int kSubGroup = 16;  // products that mxf4nvf4 sums exactly before scaling

/// A summand of the aligned sum: significand * 2^unit. `absent` terms take no part in the choice of the exponent.
struct Term {
  std::int64_t significand = 0;
  int unit = 0;
  int exponent = 0;
  bool absent = false;
};

/// total * 2^quantum, exact.
struct Sum {
  std::int64_t total = 0;
  int quantum = 0;
};

/// significand * 2^-shift, rounded toward zero; a negative shift multiplies.
std::int64_t shift_toward_zero(std::int64_t significand, int shift) {
  if (shift <= 0) return significand * (std::int64_t{1} << -shift);
  if (shift > 62) return 0;
  return significand < 0 ? -(-significand >> shift) : significand >> shift;
}

/// significand * 2^-shift, rounded down; a negative shift multiplies.
std::int64_t shift_down(std::int64_t significand, int shift) {
  if (shift <= 0) return significand * (std::int64_t{1} << -shift);
  return significand >> std::min(shift, 63);
}

/// The heart: align every term to the largest exponent, cut each toward zero to F bits below it, add exactly.
Sum aligned_sum(const Term* terms, int count, int fraction_bits) {
  int largest = 0;
  bool any = false;
  for (int i = 0; i < count; ++i) {
    if (terms[i].absent) continue;
    largest = any ? std::max(largest, terms[i].exponent) : terms[i].exponent;
    any = true;
  }
  Sum sum{.total = 0, .quantum = largest - fraction_bits};
  if (!any) return sum;
  for (int i = 0; i < count; ++i)
    if (terms[i].significand != 0) sum.total += shift_toward_zero(terms[i].significand, sum.quantum - terms[i].unit);
  return sum;
}

/// |sum| cut toward zero to `bits` significant bits (fewer below 2^-126), as f32 bits. Zero is +0.
std::uint32_t f32_toward_zero(const Sum& sum, int bits) {
  if (sum.total == 0) return 0;
  const std::uint64_t magnitude = static_cast<std::uint64_t>(std::llabs(sum.total));
  const int exponent = sum.quantum + static_cast<int>(std::bit_width(magnitude)) - 1;
  const std::uint32_t sign = sum.total < 0 ? 0x80000000u : 0u;
  if (exponent > 127) return sign | 0x7F800000u;
  const int last = std::max(exponent, -126) - (bits - 1);
  const int cut = last - sum.quantum;
  if (cut >= 64) return sign;
  const std::uint64_t kept = cut > 0 ? magnitude >> cut : magnitude;
  const double value = std::ldexp(static_cast<double>(kept), std::max(last, sum.quantum));
  return sign | std::bit_cast<std::uint32_t>(static_cast<float>(value));
}

std::uint32_t rounded(OutputRounding output, const Sum& sum) {
  switch (output) {
    case OutputRounding::e8m13_toward_zero:
      return f32_toward_zero(sum, 14);
    case OutputRounding::f32_toward_zero:
      return f32_toward_zero(sum, 24);
    case OutputRounding::f32_nearest_even:
      return std::bit_cast<std::uint32_t>(static_cast<float>(std::ldexp(static_cast<double>(sum.total), sum.quantum)));
    case OutputRounding::f16_nearest_even: {
      const double value = std::ldexp(static_cast<double>(sum.total), sum.quantum);  // exact: |total| < 2^53
      return formats::encode(formats::fp16, Rounding::nearest_even, Overflow::special, value);
    }
  }
  return 0;
}

std::uint32_t round_output(const Architecture& row, const Sum& sum) {
  const std::uint32_t bits = rounded(row.output, sum);
  const std::uint32_t minus_zero = row.accumulator == Accumulator::f32 ? 0x80000000u : 0x8000u;
  return bits == minus_zero && !row.negative_zero ? 0u : bits;
}

Element decode_ieee(std::uint32_t bits, int fraction_bits, int exponent_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const bool negative = (bits >> (fraction_bits + exponent_bits) & 1u) != 0;
  const int field = static_cast<int>(bits >> fraction_bits) & ((1 << exponent_bits) - 1);
  const auto fraction = static_cast<std::int32_t>(bits & ((1u << fraction_bits) - 1u));
  Element element;
  const std::int32_t sign = negative ? -1 : 1;
  if (field == (1 << exponent_bits) - 1) {
    element.kind = fraction == 0 ? Element::Kind::infinite : Element::Kind::nan;
    element.significand = sign;
    return element;
  }
  element.significand = sign * (field == 0 ? fraction : fraction + (1 << fraction_bits));
  element.exponent = static_cast<std::int16_t>((field == 0 ? 1 : field) - bias);
  element.unit = static_cast<std::int16_t>(element.exponent - fraction_bits);
  return element;
}

Element decode_accumulator(Accumulator accumulator, std::uint32_t bits) {
  return accumulator == Accumulator::f32 ? decode_ieee(bits, 23, 8) : decode_ieee(bits, 10, 5);
}

/// What NaN and infinity make of a group, whatever the finite terms are.
struct Specials {
  bool nan = false;
  bool positive = false;
  bool negative = false;

  void product(const Element& x, const Element& y) {
    if (x.kind == Element::Kind::finite && y.kind == Element::Kind::finite) return;
    if (x.kind == Element::Kind::nan || y.kind == Element::Kind::nan || x.significand == 0 || y.significand == 0)
      nan = true;
    else
      ((x.significand < 0) != (y.significand < 0) ? negative : positive) = true;
  }
  bool any() const { return nan || positive || negative; }
  std::uint32_t result(Accumulator accumulator) const {
    const bool f32 = accumulator == Accumulator::f32;
    if (nan || (positive && negative)) return f32 ? kNanF32 : kNanF16;
    return f32 ? (positive ? 0x7F800000u : 0xFF800000u) : (positive ? 0x7C00u : 0xFC00u);
  }
};

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

/// One group of the fused datapath: c and `count` products at k = index(0..count-1).
template <class Index>
std::uint32_t fused_group(const Architecture& row, const Element* a, const Element* b, int count, Index index,
                          const Element& c, int scale_exponent = 0) {
  Specials specials;
  specials.product(c, kOne);
  std::array<Term, kMaxDepth + 1> terms;
  for (int i = 0; i < count; ++i) {
    const int k = index(i);
    specials.product(a[k], b[k]);
    terms[static_cast<std::size_t>(i)] = product_term(row, a[k], b[k], scale_exponent);
  }
  if (specials.any()) return specials.result(row.accumulator);
  terms[static_cast<std::size_t>(count)] = addend_term(row, c);
  return round_output(row, aligned_sum(terms.data(), count + 1, row.fraction_bits));
}

/// AMD's group: even and odd k are aligned and truncated in sums of their own; the sums, then c, are joined by floors.
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

/// Addition of two accumulators in their own type: FADD, HADD2.
std::uint32_t add(Accumulator accumulator, std::uint32_t x, std::uint32_t y) {
  if (accumulator == Accumulator::f32) {
    const float sum = std::bit_cast<float>(x) + std::bit_cast<float>(y);
    return std::isnan(sum) ? kNanF32 : std::bit_cast<std::uint32_t>(sum);
  }
  const double sum = formats::decode(formats::fp16, x) + formats::decode(formats::fp16, y);  // exact in binary64
  return formats::encode(formats::fp16, Rounding::nearest_even, Overflow::special, sum);
}

std::uint32_t one_group(const Architecture& row, const Element* a, const Element* b, int group, std::uint32_t c_bits) {
  const Element c = decode_accumulator(row.accumulator, c_bits);
  if (row.datapath == Datapath::even_odd) return even_odd_group(row, a + group * row.group, b + group * row.group, c);
  if (row.order == GroupOrder::half_words)
    return fused_group(
        row, a, b, row.group, [&](int i) { return i / 2 * 4 + group * 2 + i % 2; }, c);
  return fused_group(
      row, a, b, row.group, [&](int i) { return group * row.group + i; }, c);
}

template <class Code>
std::uint32_t dot_add_codes(const Architecture& row, const Spec& a_format, const Spec& b_format,
                            std::span<const Code> a, std::span<const Code> b, std::uint32_t c) {
  assert(static_cast<int>(a.size()) == row.depth && a.size() == b.size());
  assert(row.takes(a_format) && row.takes(b_format) && row.scale == BlockScale::none);
  std::array<Element, kMaxDepth> x;
  std::array<Element, kMaxDepth> y;
  for (std::size_t k = 0; k < a.size(); ++k) {
    x[k] = decode_element(a_format, a[k], row.operands_as_f16);
    y[k] = decode_element(b_format, b[k], row.operands_as_f16);
  }
  return dot_add(row, x.data(), y.data(), c);
}

}  // namespace

Element decode_element(const Spec& format, std::uint32_t code, bool as_f16) {
  code &= format.code_count() - 1u;
  Element element;
  const bool negative = (code & format.sign_bit()) != 0;
  if (format.is_nan(code)) {
    element.kind = Element::Kind::nan;
    return element;
  }
  if (format.is_infinite(code)) {
    element.kind = Element::Kind::infinite;
    element.significand = negative ? -1 : 1;
    return element;
  }
  const std::uint32_t magnitude = code & format.magnitude_mask();
  const auto field = static_cast<int>(magnitude >> format.mantissa_bits);
  const auto mantissa = static_cast<std::int32_t>(magnitude & ((1u << format.mantissa_bits) - 1u));
  const bool normal = field > 0 || !format.has_zero;
  const std::int32_t significand = normal ? mantissa + (1 << format.mantissa_bits) : mantissa;
  int exponent = normal ? field - format.bias : format.min_exponent();
  const int unit = exponent - format.mantissa_bits;
  if (as_f16) {
    const int own = unit + static_cast<int>(std::bit_width(static_cast<std::uint32_t>(significand))) - 1;
    exponent = significand == 0 ? formats::fp16.min_exponent() : std::max(own, formats::fp16.min_exponent());
  }
  element.significand = negative ? -significand : significand;
  element.exponent = static_cast<std::int16_t>(exponent);
  element.unit = static_cast<std::int16_t>(unit);
  return element;
}

ElementTable element_table(const Spec& format, bool as_f16) {
  ElementTable table;
  for (std::uint32_t code = 0; code < table.size(); ++code) table[code] = decode_element(format, code, as_f16);
  return table;
}

std::uint32_t dot_add(const Architecture& row, const Element* a, const Element* b, std::uint32_t c) {
  assert(row.scale == BlockScale::none && row.depth <= kMaxDepth);
  const int groups = row.depth / row.group;
  std::uint32_t sum = row.addend == Addend::aligned ? c : 0u;
  for (int group = 0; group < groups; ++group) {
    const bool chained = row.groups == GroupSum::chained || group == 0;
    const std::uint32_t result = one_group(row, a, b, group, chained ? sum : 0u);
    sum = chained ? result : add(row.accumulator, sum, result);
  }
  return row.addend == Addend::aligned ? sum : add(row.accumulator, c, sum);
}

std::uint32_t dot_add(const Architecture& row, const Spec& a_format, const Spec& b_format,
                      std::span<const std::uint8_t> a, std::span<const std::uint8_t> b, std::uint32_t c) {
  return dot_add_codes(row, a_format, b_format, a, b, c);
}

std::uint32_t dot_add(const Architecture& row, const Spec& a_format, const Spec& b_format,
                      std::span<const std::uint16_t> a, std::span<const std::uint16_t> b, std::uint32_t c) {
  return dot_add_codes(row, a_format, b_format, a, b, c);
}

std::uint32_t dot_add(const Architecture& row, const Spec& a_format, const Spec& b_format,
                      std::span<const std::uint8_t> a, std::span<const std::uint8_t> b, const ScaleCodes& scales,
                      std::uint32_t c_bits) {
  assert(row.scale == BlockScale::required && static_cast<int>(a.size()) == row.depth && a.size() == b.size());
  assert(row.takes(a_format) && row.takes(b_format) && scales.a.size() == scales.b.size());
  std::array<Element, kMaxDepth> x;
  std::array<Element, kMaxDepth> y;
  for (std::size_t k = 0; k < a.size(); ++k) {
    x[k] = decode_element(a_format, a[k]);
    y[k] = decode_element(b_format, b[k]);
  }
  // UE4M3 ignores the sign bit.
  const auto scale = [&](std::uint8_t code) {
    return decode_element(scales.format, code & static_cast<std::uint8_t>(scales.format.magnitude_mask()));
  };
  const Element c = decode_accumulator(row.accumulator, c_bits);
  if (row.datapath == Datapath::fused) {
    assert(scales.a.size() == 1 && scales.format == formats::e8m0);
    const Element sa = scale(scales.a[0]);
    const Element sb = scale(scales.b[0]);
    if (sa.kind == Element::Kind::nan || sb.kind == Element::Kind::nan) return kNanF32;
    return fused_group(
        row, x.data(), y.data(), row.group, [](int i) { return i; }, c, sa.exponent + sb.exponent);
  }
  const int groups = row.depth / kSubGroup;
  assert(static_cast<int>(scales.a.size()) == groups || static_cast<int>(scales.a.size()) * 2 == groups);
  const int groups_per_scale = groups / static_cast<int>(scales.a.size());
  Specials specials;
  specials.product(c, kOne);
  std::array<Term, kMaxDepth / kSubGroup + 1> terms;
  for (int group = 0; group < groups; ++group) {
    const auto block = static_cast<std::size_t>(group / groups_per_scale);
    const Element sa = scale(scales.a[block]);
    const Element sb = scale(scales.b[block]);
    if (sa.kind == Element::Kind::nan || sb.kind == Element::Kind::nan) return kNanF32;
    // E2M1 products are multiples of 2^-2; their sum of 16 is exact and enters unnormalised, aligned by its scales
    // alone.
    std::int64_t products = 0;
    bool zero = true;
    for (int i = group * kSubGroup; i < (group + 1) * kSubGroup; ++i) {
      const Element& p = x[static_cast<std::size_t>(i)];
      const Element& q = y[static_cast<std::size_t>(i)];
      const std::int64_t product = std::int64_t{p.significand} * q.significand;
      products += product * (std::int64_t{1} << (p.unit + q.unit + 2));
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
