// Rounding a sum in 64-bit integers.
#include "sim/gemm/tensor_core/aligned_sum.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

#include "formats/encode.h"

namespace octavo::sim::gemm {

using formats::Accumulator;
using formats::Overflow;
using formats::Rounding;

namespace {

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

}  // namespace

std::int64_t shift_down(std::int64_t significand, int shift) {
  if (shift <= 0) return significand * (std::int64_t{1} << -shift);
  return significand >> std::min(shift, 63);
}

std::uint32_t round_output(const Architecture& row, const Sum& sum) {
  const std::uint32_t bits = rounded(row.output, sum);
  const std::uint32_t minus_zero = row.accumulator == Accumulator::f32 ? 0x80000000u : 0x8000u;
  return bits == minus_zero && !row.negative_zero ? 0u : bits;
}

}  // namespace octavo::sim::gemm
