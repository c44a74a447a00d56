// Stored floats to binary32.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace octavo::sim::file {

/// The value of an IEEE binary16, exact; NaN keeps its payload. Branch-free, so that loops over it vectorise.
inline float widen_f16(std::uint16_t half) {
  const std::uint32_t magnitude = static_cast<std::uint32_t>(half & 0x7fffu) << 13;
  // The exponent is rebiased by an exact multiplication, which also normalises subnormals.
  const float scaled = std::bit_cast<float>(magnitude) * 0x1p112f;
  const std::uint32_t special = (half & 0x7c00u) == 0x7c00u ? 0x7f800000u : 0u;
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(scaled) | special | sign);
}

/// `count` values from unaligned little-endian memory. F16 and BF16 are exact, F64 rounds to nearest even.
void widen_f16(const std::byte* values, std::int64_t count, float* out);
void widen_bf16(const std::byte* values, std::int64_t count, float* out);
void narrow_f64(const std::byte* values, std::int64_t count, float* out);

/// F64 rounded to odd: a value that is no binary32 number gives the neighbour whose last bit is 1, never infinity or 0.
/// So it compares with every number of fewer than 24 bits as the F64 does, and rounding it to one of fewer than 23 bits
/// gives what rounding the F64 would. Source: S. Boldo and G. Melquiond, "Emulation of a FMA and correctly rounded
/// sums: proved algorithms using rounding to odd", IEEE Transactions on Computers 57 (2008).
void narrow_f64_to_odd(const std::byte* values, std::int64_t count, float* out);

/// F64 as it is, from unaligned memory; `bytes` are a multiple of 8.
std::vector<double> widened_f64(std::span<const std::byte> bytes);

}  // namespace octavo::sim::file
