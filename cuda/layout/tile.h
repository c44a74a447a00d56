// Division of a matrix into tiles whose last ones may be incomplete, and of a tile into 16-byte copies.
#pragma once

#include <cstdint>

namespace octavo::cuda::layout {

constexpr std::int64_t ceil_divide(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// A half-open range.
struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  constexpr bool operator==(const Range&) const = default;
};

/// Tile `index` of `extent` elements in tiles of `tile`; the last one ends at the extent.
constexpr Range tile_range(std::int64_t extent, std::int64_t tile, std::int64_t index) {
  const std::int64_t begin = index * tile;
  return {begin, begin + tile < extent ? begin + tile : extent};
}

/// A 16-byte copy of an operand tile: where it lands, and how many of its bytes exist (the rest is filled with zeros).
struct Copy {
  int row = 0;
  int depth = 0;
  int bytes = 0;
};

/// Copy `index` of the copies of a tile of `depth` bytes a row, for the tile that begins at (row0, k0) of a matrix of
/// rows x k bytes. Consecutive indices go along a row, so that a warp reads whole cache lines.
constexpr Copy tile_copy(int depth, int index, std::int64_t row0, std::int64_t k0, std::int64_t rows, std::int64_t k) {
  const int chunks = depth / 16;
  const Copy copy{index / chunks, index % chunks * 16, 16};
  const std::int64_t left = k - (k0 + copy.depth);
  if (row0 + copy.row >= rows || left <= 0) return {copy.row, copy.depth, 0};
  return {copy.row, copy.depth, left < 16 ? static_cast<int>(left) : 16};
}

/// A block's number to tile coordinates: `group` rows of tiles are walked column by column, so that blocks running at
/// the same time share operand tiles in the L2 cache.
struct TileIndex {
  std::int64_t m = 0;
  std::int64_t n = 0;
  constexpr bool operator==(const TileIndex&) const = default;
};
constexpr TileIndex grouped_tile(std::int64_t block, std::int64_t tiles_m, std::int64_t tiles_n, std::int64_t group) {
  const std::int64_t first = block / (group * tiles_n) * group;
  const std::int64_t height = first + group < tiles_m ? group : tiles_m - first;
  const std::int64_t inside = block % (group * tiles_n);
  return {first + inside % height, inside / height};
}

}  // namespace octavo::cuda::layout
