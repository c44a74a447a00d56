// Where cuBLASLt looks for the scales of an operand with a scale by block of K.
#pragma once

#include <cstdint>

#include "cuda/layout/tile.h"

namespace octavo::cuda::layout {

inline constexpr std::int64_t kScaleBlock = 128;

/// Scales of 1 x 128 blocks: rows x blocks of K, the rows next to each other. (cuBLAS, "128-element 1D and 128x128 2D
/// Block Scaling": M-major.)
struct RowScales {
  std::int64_t rows = 0;  ///< a multiple of 4
  std::int64_t depth = 0;

  constexpr std::int64_t blocks() const { return ceil_divide(depth, kScaleBlock); }
  constexpr std::int64_t count() const { return rows * blocks(); }
  constexpr std::int64_t index(std::int64_t row, std::int64_t block) const { return block * rows + row; }
};

/// Scales of 128 x 128 blocks: blocks of K next to each other, filled up to a multiple of four. (Same place: K-major.)
struct TileScales {
  std::int64_t rows = 0;
  std::int64_t depth = 0;

  constexpr std::int64_t blocks() const { return ceil_divide(depth, kScaleBlock); }
  constexpr std::int64_t row_blocks() const { return ceil_divide(rows, kScaleBlock); }
  constexpr std::int64_t stride() const { return ceil_divide(blocks(), 4) * 4; }
  constexpr std::int64_t count() const { return row_blocks() * stride(); }
  constexpr std::int64_t index(std::int64_t row_block, std::int64_t block) const {
    return row_block * stride() + block;
  }
};

}  // namespace octavo::cuda::layout
