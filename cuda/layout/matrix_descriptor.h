// The 64-bit word by which wgmma finds an operand in shared memory.
#pragma once

#include <cstdint>

#include "cuda/layout/shared_memory.h"

namespace octavo::cuda::layout {

/// Byte addresses and distances, multiples of 16 below 2^18. (PTX ISA, "Matrix Descriptor Format" of wgmma.)
struct MatrixDescriptor {
  std::uint32_t start = 0;    ///< shared-memory address
  std::uint32_t leading = 0;  ///< between core matrices along K (no swizzle)
  std::uint32_t stride = 0;   ///< between groups of eight rows
  std::uint32_t base = 0;     ///< 0..7: offset of an atom that does not begin at a multiple of its size; 0 here
  Swizzle swizzle = Swizzle::none;

  constexpr bool operator==(const MatrixDescriptor&) const = default;
};

constexpr std::uint64_t encode(const MatrixDescriptor& d) {
  const auto sixteenths = [](std::uint32_t bytes) { return std::uint64_t{(bytes & 0x3FFFFu) >> 4}; };
  return sixteenths(d.start) | sixteenths(d.leading) << 16 | sixteenths(d.stride) << 32 |
         std::uint64_t{d.base & 7u} << 49 | static_cast<std::uint64_t>(d.swizzle) << 62;
}

constexpr MatrixDescriptor decode(std::uint64_t word) {
  const auto bytes = [&](int shift) { return static_cast<std::uint32_t>(word >> shift & 0x3FFFu) << 4; };
  return {.start = bytes(0),
          .leading = bytes(16),
          .stride = bytes(32),
          .base = static_cast<std::uint32_t>(word >> 49 & 7u),
          .swizzle = static_cast<Swizzle>(word >> 62)};
}

/// The descriptor of a tile that begins at shared-memory address `start`, from element k (a multiple of 32) on.
constexpr MatrixDescriptor descriptor(const OperandTile& tile, std::uint32_t start, int k = 0) {
  return {.start = start + static_cast<std::uint32_t>(tile.depth_offset(k)),
          .leading = static_cast<std::uint32_t>(tile.leading_bytes()),
          .stride = static_cast<std::uint32_t>(tile.stride_bytes()),
          .base = 0,
          .swizzle = tile.swizzle};
}

}  // namespace octavo::cuda::layout
