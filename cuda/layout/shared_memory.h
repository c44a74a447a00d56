// Where an 8-bit operand's element lies in shared memory for wgmma: the core-matrix layout and the swizzled ones.
#pragma once

#include <cstdint>

namespace octavo::cuda::layout {

/// How 16-byte chunks of K-major rows are placed. The values are the field of the matrix descriptor.
enum class Swizzle : std::uint8_t { none = 0, bytes_128 = 1, bytes_64 = 2, bytes_32 = 3 };

/// Bytes of a row that one swizzled atom holds (without swizzle: of a core matrix).
constexpr int row_bytes(Swizzle swizzle) {
  switch (swizzle) {
    case Swizzle::none:
      return 16;
    case Swizzle::bytes_32:
      return 32;
    case Swizzle::bytes_64:
      return 64;
    case Swizzle::bytes_128:
      return 128;
  }
  return 0;
}

/// The byte offset of `address` after swizzling: address bits 4.. are xor-ed with bits 7.., as many as the atom has
/// chunks. It is its own inverse. Atoms are aligned to 8 rows, 1024 bytes at most.
constexpr int swizzled(Swizzle swizzle, int address) {
  const int chunks = row_bytes(swizzle) / 16;
  return address ^ ((address >> 7 & (chunks - 1)) << 4);
}

/// A tile of `rows` (a multiple of 8) times `depth` bytes of K, as wgmma reads it. Without swizzle it consists of core
/// matrices of 8 rows x 16 bytes, K fastest; with a swizzle, of atoms of 8 rows x row_bytes, rows fastest, then K.
struct OperandTile {
  Swizzle swizzle = Swizzle::none;
  int rows = 0;
  int depth = 0;

  constexpr int bytes() const { return rows * depth; }

  /// Byte distance of two core matrices that are neighbours along K; a swizzled tile has no use for it within an atom.
  constexpr int leading_bytes() const { return swizzle == Swizzle::none ? 128 : 16; }
  /// Byte distance of two groups of eight rows.
  constexpr int stride_bytes() const { return swizzle == Swizzle::none ? 8 * depth : 8 * row_bytes(swizzle); }

  /// The byte offset of (row, k).
  constexpr int offset(int row, int k) const {
    if (swizzle == Swizzle::none) return row / 8 * stride_bytes() + k / 16 * leading_bytes() + row % 8 * 16 + k % 16;
    const int width = row_bytes(swizzle);
    return swizzled(swizzle, k / width * (rows * width) + row * width + k % width);
  }

  /// Byte offset of the tile's part that begins at k (a multiple of 32): what a descriptor's start address advances by.
  constexpr int depth_offset(int k) const {
    if (swizzle == Swizzle::none) return k / 16 * leading_bytes();
    const int width = row_bytes(swizzle);
    return k / width * (rows * width) + k % width;
  }
};

}  // namespace octavo::cuda::layout
