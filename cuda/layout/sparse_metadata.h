// Which thread and bits hold the selection of a sparse A (2 of 4) for wgmma.sp m64nNk64 on 8-bit operands.
#pragma once

#include <cstdint>

#include "cuda/layout/fragment.h"

namespace octavo::cuda::layout {

/// Four neighbours along K of a row of A, of which two are stored: `group` counts them, k = 4 group ... 4 group + 3.
struct SparseGroup {
  int row = 0;
  int group = 0;
  constexpr bool operator==(const SparseGroup&) const = default;
};

/// The selection of one group is four bits: the place of the first stored element, and above it that of the second.
inline constexpr std::uint32_t kFirstTwo = 0x4;  ///< elements 0 and 1: for rows without a dot, since 0 is no selection

/// Every thread of the warpgroup (sparsity selector 0) holds a register of eight groups. (PTX ISA, "Matrix Fragments
/// for wgmma.mma_async.sp", metadata for .e4m3; CUTLASS's ELayout_64x64 says the same.)
struct SparseMetadata {
  static constexpr int kRows = 64;
  static constexpr int kGroups = 16;  ///< of a row
  static constexpr int kGroupsOfThread = 8;

  static constexpr SparseGroup of(int thread, int index) {
    return {thread / 4 % 8 + 8 * (thread % 2) + 16 * (thread / kWarp), 8 * (thread / 2 % 2) + index};
  }
  static constexpr Slot slot_of(SparseGroup g) {
    return {kWarp * (g.row / 16) + g.row % 8 * 4 + 2 * (g.group / 8) + g.row / 8 % 2, g.group % 8};
  }
};

}  // namespace octavo::cuda::layout
