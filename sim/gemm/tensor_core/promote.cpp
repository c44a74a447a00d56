// Chains of instructions and their promotion, one output at a time.
#include "sim/gemm/tensor_core/promote.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>

#include "formats/decode.h"
#include "formats/encode.h"

namespace octavo::sim::gemm {

using formats::Accumulator;

float canonical(float x) { return std::isnan(x) ? std::bit_cast<float>(kNanF32) : x; }

float accumulator_value(Accumulator accumulator, std::uint32_t bits) {
  if (accumulator == Accumulator::f32) return canonical(std::bit_cast<float>(bits));
  return canonical(static_cast<float>(formats::decode(formats::fp16, bits)));
}

std::uint32_t accumulator_bits(Accumulator accumulator, float value) {
  if (accumulator == Accumulator::f32) return std::bit_cast<std::uint32_t>(value);
  return formats::encode(formats::fp16, formats::Rounding::nearest_even, formats::Overflow::special, value);
}

std::uint32_t chain(const Architecture& row, const CodeRow& a, const CodeRow& b, std::int64_t first, std::int64_t last,
                    std::uint32_t c) {
  assert((last - first) % row.depth == 0);
  std::array<Element, 64> x;
  std::array<Element, 64> y;
  for (std::int64_t k = first; k < last; k += row.depth) {
    for (int i = 0; i < row.depth; ++i) {
      x[static_cast<std::size_t>(i)] = (*a.table)[a.codes[k + i]];
      y[static_cast<std::size_t>(i)] = (*b.table)[b.codes[k + i]];
    }
    c = dot_add(row, x.data(), y.data(), c);
  }
  return c;
}

std::uint32_t chain(const Architecture& row, const CodeRow& a, const CodeRow& b, const ScaleCodes& scales,
                    std::int64_t depth, std::uint32_t c) {
  assert(depth % row.depth == 0);
  const auto each = static_cast<std::size_t>(row.depth / row.scale_depth());
  std::array<Element, 64> x;
  std::array<Element, 64> y;
  for (std::int64_t k = 0; k < depth; k += row.depth) {
    for (int i = 0; i < row.depth; ++i) {
      x[static_cast<std::size_t>(i)] = (*a.table)[a.codes[k + i]];
      y[static_cast<std::size_t>(i)] = (*b.table)[b.codes[k + i]];
    }
    const auto first = static_cast<std::size_t>(k / row.scale_depth());
    c = dot_add(row, x.data(), y.data(), {scales.format, scales.a.subspan(first, each), scales.b.subspan(first, each)},
                c);
  }
  return c;
}

float promoted_sum(const Architecture& row, const CodeRow& a, const CodeRow& b, std::int64_t first, std::int64_t last,
                   std::int64_t interval, float c) {
  if (interval == 0)
    return accumulator_value(row.accumulator, chain(row, a, b, first, last, accumulator_bits(row.accumulator, c)));
  float total = c;
  for (std::int64_t k = first; k < last; k += interval) {
    const std::uint32_t piece = chain(row, a, b, k, std::min(k + interval, last), 0);
    total = canonical(total + accumulator_value(row.accumulator, piece));
  }
  return total;
}

float add_scaled(float total, float piece, float a_scale, float b_scale, BlockScaling scaling) {
  return canonical(scaling == BlockScaling::multiplied_first ? std::fma(a_scale * b_scale, piece, total)
                                                             : std::fma(piece * a_scale, b_scale, total));
}

float block_scaled_sum(const Architecture& row, const CodeRow& a, const CodeRow& b, std::int64_t first,
                       std::int64_t last, std::int64_t interval, const float* a_scales, const float* b_scales,
                       BlockScaling scaling, float total) {
  assert(interval > 0 && (last - first) % interval == 0);
  for (std::int64_t k = first; k < last; k += interval, ++a_scales, ++b_scales) {
    const float piece = accumulator_value(row.accumulator, chain(row, a, b, k, k + interval, 0));
    total = add_scaled(total, piece, *a_scales, *b_scales, scaling);
  }
  return total;
}

}  // namespace octavo::sim::gemm
