// Every selection of a sparse A has one place in the warpgroup's registers, and every place one selection.
#include "cuda/layout/sparse_metadata.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace octavo::cuda::layout {
namespace {

TEST(SparseMetadata, IsABijection) {
  std::set<std::pair<int, int>> seen;
  for (int thread = 0; thread < kWarpgroup; ++thread) {
    for (int index = 0; index < SparseMetadata::kGroupsOfThread; ++index) {
      const SparseGroup group = SparseMetadata::of(thread, index);
      ASSERT_LT(group.row, SparseMetadata::kRows);
      ASSERT_LT(group.group, SparseMetadata::kGroups);
      EXPECT_EQ((Slot{thread, index}), SparseMetadata::slot_of(group));
      EXPECT_TRUE(seen.insert({group.row, group.group}).second);
    }
  }
  EXPECT_EQ(64u * 16u, seen.size());
}

TEST(SparseMetadata, LiesWhereTheDocumentationSays) {
  // Threads 0 and 1 of a group of four hold rows 8 apart, threads 2 and 3 the second half of K.
  static_assert(SparseMetadata::of(0, 0) == SparseGroup{0, 0});
  static_assert(SparseMetadata::of(1, 0) == SparseGroup{8, 0});
  static_assert(SparseMetadata::of(2, 0) == SparseGroup{0, 8});
  static_assert(SparseMetadata::of(3, 7) == SparseGroup{8, 15});
  static_assert(SparseMetadata::of(4, 3) == SparseGroup{1, 3});
  static_assert(SparseMetadata::of(33, 0) == SparseGroup{24, 0});
  // As strides over a column-major 64 x 64 of elements: CUTLASS's layout of the metadata.
  for (int t = 0; t < kWarpgroup; ++t) {
    for (int i = 0; i < SparseMetadata::kGroupsOfThread; ++i) {
      const SparseGroup g = SparseMetadata::of(t, i);
      EXPECT_EQ(t % 2 * 8 + t / 2 % 2 * 2048 + t / 4 % 8 + t / 32 * 16 + 4 * i * 64, g.row + 4 * g.group * 64);
    }
  }
}

}  // namespace
}  // namespace octavo::cuda::layout
