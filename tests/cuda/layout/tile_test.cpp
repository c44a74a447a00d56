// Tiles and their tails cover every element once, whatever the extent.
#include "cuda/layout/tile.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace octavo::cuda::layout {
namespace {

TEST(Tile, RangesCoverEveryElementOnce) {
  for (std::int64_t extent = 0; extent <= 400; ++extent) {
    std::int64_t next = 0;
    for (std::int64_t i = 0; i < ceil_divide(extent, 128); ++i) {
      const Range range = tile_range(extent, 128, i);
      EXPECT_EQ(next, range.begin);
      EXPECT_LT(range.begin, range.end);
      EXPECT_LE(range.end - range.begin, 128);
      next = range.end;
    }
    EXPECT_EQ(extent, next);
  }
}

/// All copies of all tiles of a matrix: every byte that exists once, none that does not.
TEST(Tile, CopiesCoverEveryByteOnce) {
  constexpr int kRows = 64;
  constexpr int kDepth = 128;
  for (std::int64_t rows : {1, 63, 64, 65, 130}) {
    for (std::int64_t k : {16, 112, 128, 144, 300, 7}) {
      std::vector<int> seen(static_cast<std::size_t>(rows * k));
      for (std::int64_t row0 = 0; row0 < rows; row0 += kRows) {
        for (std::int64_t k0 = 0; k0 < k; k0 += kDepth) {
          for (int index = 0; index < kRows * kDepth / 16; ++index) {
            const Copy copy = tile_copy(kDepth, index, row0, k0, rows, k);
            ASSERT_TRUE(copy.row < kRows && copy.depth < kDepth && copy.bytes <= 16);
            for (int i = 0; i < copy.bytes; ++i) {
              ASSERT_LT(row0 + copy.row, rows);
              ASSERT_LT(k0 + copy.depth + i, k);
              ++seen[static_cast<std::size_t>((row0 + copy.row) * k + k0 + copy.depth + i)];
            }
          }
        }
      }
      for (int count : seen) ASSERT_EQ(1, count);
    }
  }
}

TEST(Tile, GroupedOrderVisitsEveryTileOnce) {
  for (std::int64_t m = 1; m <= 20; ++m) {
    for (std::int64_t n = 1; n <= 9; ++n) {
      std::set<std::pair<std::int64_t, std::int64_t>> seen;
      for (std::int64_t block = 0; block < m * n; ++block) {
        const TileIndex tile = grouped_tile(block, m, n, 8);
        ASSERT_TRUE(tile.m >= 0 && tile.m < m && tile.n >= 0 && tile.n < n);
        seen.insert({tile.m, tile.n});
      }
      EXPECT_EQ(static_cast<std::size_t>(m * n), seen.size());
    }
  }
}

}  // namespace
}  // namespace octavo::cuda::layout
