// Every scale has a place of its own inside the library's storage, at the documented strides.
#include "cuda/layout/library_scales.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

namespace octavo::cuda::layout {
namespace {

template <class Layout>
void expect_distinct(const Layout& layout, std::int64_t rows) {
  std::vector<bool> taken(static_cast<std::size_t>(layout.count()));
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t block = 0; block < layout.blocks(); ++block) {
      const std::int64_t at = layout.index(row, block);
      ASSERT_GE(at, 0);
      ASSERT_LT(at, layout.count());
      EXPECT_FALSE(taken[static_cast<std::size_t>(at)]) << row << ", " << block;
      taken[static_cast<std::size_t>(at)] = true;
    }
  }
}

TEST(LibraryScales, AreDistinctForEveryExtent) {
  for (std::int64_t rows = 4; rows <= 400; rows += 4) {
    for (std::int64_t depth : {16, 128, 144, 384, 640, 1152}) {
      expect_distinct(RowScales{rows, depth}, rows);
      expect_distinct(TileScales{rows, depth}, TileScales{rows, depth}.row_blocks());
    }
  }
}

TEST(LibraryScales, LieAsDocumented) {
  static_assert(RowScales{64, 384}.index(5, 0) == 5 && RowScales{64, 384}.index(5, 2) == 2 * 64 + 5);
  static_assert(TileScales{144, 384}.stride() == 4 && TileScales{144, 640}.stride() == 8);
  static_assert(TileScales{144, 640}.index(1, 3) == 8 + 3 && TileScales{144, 640}.count() == 16);
}

}  // namespace
}  // namespace octavo::cuda::layout
