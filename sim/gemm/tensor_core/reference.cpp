// Instructions as groups; every vector kernel is tested against this file and those beside it: element, aligned_sum,
// group.
#include "sim/gemm/tensor_core/reference.h"

#include <array>
#include <bit>
#include <cassert>
#include <cmath>

#include "formats/decode.h"
#include "formats/encode.h"
#include "sim/gemm/tensor_core/group.h"

namespace octavo::sim::gemm {
namespace {

using formats::Accumulator;
using formats::Overflow;
using formats::Rounding;
using formats::Spec;

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
  return fused_group(row, a, b, group, c);
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

std::uint32_t dot_add(const Architecture& row, const Element* a, const Element* b, const ScaleCodes& scales,
                      std::uint32_t c_bits) {
  assert(row.scale == BlockScale::required && row.depth <= kMaxDepth && scales.a.size() == scales.b.size());
  const int given = static_cast<int>(scales.a.size());
  const int groups = row.datapath == Datapath::fused ? 1 : row.depth / kSubGroup;
  assert(given == groups || given * 2 == groups);
  std::array<Element, kMaxDepth / kSubGroup> x;
  std::array<Element, kMaxDepth / kSubGroup> y;
  // UE4M3 ignores the sign bit.
  const auto scale = [&](std::uint8_t code) {
    return decode_element(scales.format, code & static_cast<std::uint8_t>(scales.format.magnitude_mask()));
  };
  for (int group = 0; group < groups; ++group) {
    const auto block = static_cast<std::size_t>(group * given / groups);
    const auto at = static_cast<std::size_t>(group);
    x[at] = scale(scales.a[block]);
    y[at] = scale(scales.b[block]);
    if (x[at].kind == Element::Kind::nan || y[at].kind == Element::Kind::nan) return kNanF32;
  }
  const Element c = decode_accumulator(row.accumulator, c_bits);
  if (row.datapath == Datapath::fused) return fused_group(row, a, b, 0, c, x[0].exponent + y[0].exponent);
  return scaled_groups(row, a, b, x.data(), y.data(), c);
}

std::uint32_t dot_add(const Architecture& row, const Spec& a_format, const Spec& b_format,
                      std::span<const std::uint8_t> a, std::span<const std::uint8_t> b, const ScaleCodes& scales,
                      std::uint32_t c) {
  assert(static_cast<int>(a.size()) == row.depth && a.size() == b.size());
  assert(row.takes(a_format) && row.takes(b_format));
  std::array<Element, kMaxDepth> x;
  std::array<Element, kMaxDepth> y;
  for (std::size_t k = 0; k < a.size(); ++k) {
    x[k] = decode_element(a_format, a[k]);
    y[k] = decode_element(b_format, b[k]);
  }
  return dot_add(row, x.data(), y.data(), scales, c);
}

}  // namespace octavo::sim::gemm
