// Operand tiles in shared memory: every byte once, swizzles undo themselves, eight rows of a chunk meet no bank twice.
#include "cuda/layout/shared_memory.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <vector>

namespace octavo::cuda::layout {
namespace {

constexpr std::array kSwizzles{Swizzle::none, Swizzle::bytes_32, Swizzle::bytes_64, Swizzle::bytes_128};

TEST(SharedMemory, SwizzlesAreTheirOwnInverse) {
  for (Swizzle swizzle : kSwizzles) {
    std::set<int> images;
    for (int address = 0; address < 1 << 14; ++address) {
      const int image = swizzled(swizzle, address);
      EXPECT_EQ(address, swizzled(swizzle, image));
      EXPECT_EQ(address % 16, image % 16) << "chunks of 16 bytes stay whole";
      images.insert(image);
    }
    EXPECT_EQ(std::size_t{1} << 14, images.size());
  }
}

TEST(SharedMemory, EveryByteOfATileIsUsedOnce) {
  for (Swizzle swizzle : kSwizzles) {
    for (int rows : {8, 64, 128, 256}) {
      for (int depth : {32, 64, 128, 256}) {
        if (depth % row_bytes(swizzle) != 0) continue;
        const OperandTile tile{swizzle, rows, depth};
        std::vector<bool> used(static_cast<std::size_t>(tile.bytes()));
        for (int row = 0; row < rows; ++row) {
          for (int k = 0; k < depth; ++k) {
            const int offset = tile.offset(row, k);
            ASSERT_TRUE(offset >= 0 && offset < tile.bytes());
            EXPECT_FALSE(used[static_cast<std::size_t>(offset)]);
            used[static_cast<std::size_t>(offset)] = true;
          }
        }
      }
    }
  }
}

/// Shared memory has 32 banks of 4 bytes: a phase moves 8 chunks of 16 bytes at once if they lie in different banks.
TEST(SharedMemory, EightRowsOfAChunkMeetNoBankTwice) {
  for (Swizzle swizzle : kSwizzles) {
    if (swizzle == Swizzle::bytes_32) continue;  // two-way by design: 8 rows of 32 bytes hold each chunk column twice
    const OperandTile tile{swizzle, 128, 128};
    for (int group = 0; group < 128; group += 8) {
      for (int k = 0; k < 128; k += 16) {
        std::set<int> banks;
        for (int row = group; row < group + 8; ++row) banks.insert(tile.offset(row, k) / 16 % 8);
        EXPECT_EQ(8u, banks.size()) << "rows " << group << ", k " << k;
      }
    }
  }
}

/// The writes of a warp that copies along rows: each quarter of eight lanes covers 128 bytes of different banks.
TEST(SharedMemory, CopiesAlongARowMeetNoBankTwice) {
  const OperandTile tile{Swizzle::bytes_128, 128, 128};
  for (int row = 0; row < 128; ++row) {
    std::set<int> banks;
    for (int k = 0; k < 128; k += 16) banks.insert(tile.offset(row, k) / 16 % 8);
    EXPECT_EQ(8u, banks.size());
  }
}

/// The hardware swizzles addresses: advancing the start by depth_offset(k) must give the bytes of offset(row, k + j).
TEST(SharedMemory, ADescriptorAdvancedAlongKReadsTheNextPart) {
  for (Swizzle swizzle : kSwizzles) {
    const OperandTile tile{swizzle, 64, 128};
    const int width = row_bytes(swizzle);
    for (int k = 0; k < 128; k += 32) {
      for (int row = 0; row < 64; ++row) {
        for (int j = 0; j < 32; ++j) {
          // As the instruction walks: groups of eight rows by the stride, chunks within the row of an atom, or by the
          // leading distance between core matrices.
          const int linear = swizzle == Swizzle::none
                                 ? row / 8 * tile.stride_bytes() + j / 16 * tile.leading_bytes() + row % 8 * 16 + j % 16
                                 : row / 8 * tile.stride_bytes() + row % 8 * width + j;
          EXPECT_EQ(tile.offset(row, k + j), swizzled(swizzle, tile.depth_offset(k) + linear));
        }
      }
    }
  }
}

}  // namespace
}  // namespace octavo::cuda::layout
