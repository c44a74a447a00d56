// Which lane and register holds which matrix element in mma.sync and wgmma, for 8-bit operands and 4- or 2-byte sums.
#pragma once

namespace octavo::cuda::layout {

inline constexpr int kWarp = 32;        ///< lanes
inline constexpr int kWarpgroup = 128;  ///< threads of a wgmma

/// A place in a matrix: of A (row m, column k), B (row n, column k: stored like A) or D (row m, column n).
struct Element {
  int row = 0;
  int column = 0;
  constexpr bool operator==(const Element&) const = default;
};

/// A value in the registers of a warp or warpgroup: `index` counts the thread's values (bytes for operands, four to a
/// register; sums for D).
struct Slot {
  int thread = 0;
  int index = 0;
  constexpr bool operator==(const Slot&) const = default;
};

/// Shapes of mma.sync on 8-bit operands: m16n8k32 and m16n8k16. (PTX ISA, "Matrix Fragments for mma.m16n8k32".)
template <int Depth>
struct MmaFragment {
  static_assert(Depth == 16 || Depth == 32);
  static constexpr int kRows = 16;
  static constexpr int kColumns = 8;
  static constexpr int kBytesOfA = Depth / 2;  ///< of one lane
  static constexpr int kBytesOfB = Depth / 4;
  static constexpr int kSums = 4;

  /// Byte `index` of A in `lane`: registers alternate between rows r and r + 8, then move 16 along k.
  static constexpr Element of_a(int lane, int index) {
    return {lane / 4 + 8 * (index / 4 % 2), lane % 4 * 4 + index % 4 + 16 * (index / 8)};
  }
  static constexpr Slot slot_of_a(Element e) {
    return {e.row % 8 * 4 + e.column % 16 / 4, e.column % 4 + 4 * (e.row / 8) + 8 * (e.column / 16)};
  }

  /// Byte `index` of B in `lane`; row is n, column is k.
  static constexpr Element of_b(int lane, int index) { return {lane / 4, lane % 4 * 4 + index % 4 + 16 * (index / 4)}; }
  static constexpr Slot slot_of_b(Element e) {
    return {e.row * 4 + e.column % 16 / 4, e.column % 4 + 4 * (e.column / 16)};
  }

  /// Sum `index` of C and D in `lane`. f16 sums lie two to a register in the same order.
  static constexpr Element of_d(int lane, int index) { return {lane / 4 + 8 * (index / 2), lane % 4 * 2 + index % 2}; }
  static constexpr Slot slot_of_d(Element e) { return {e.row % 8 * 4 + e.column / 2, e.column % 2 + 2 * (e.row / 8)}; }
};

/// wgmma m64nNk32 on 8-bit operands, N a multiple of 8 up to 256: four warps of 16 rows each. (PTX ISA, "Register
/// Fragments and Shared Memory Matrix Layouts" of wgmma.)
template <int N>
struct WgmmaFragment {
  static_assert(N % 8 == 0 && N >= 8 && N <= 256);
  static constexpr int kRows = 64;
  static constexpr int kDepth = 32;
  static constexpr int kBytesOfA = 16;  ///< of one thread, where A comes from registers
  static constexpr int kSums = N / 2;

  static constexpr Element of_a(int thread, int index) {
    const Element in_warp = MmaFragment<32>::of_a(thread % kWarp, index);
    return {in_warp.row + 16 * (thread / kWarp), in_warp.column};
  }
  static constexpr Slot slot_of_a(Element e) {
    const Slot in_warp = MmaFragment<32>::slot_of_a({e.row % 16, e.column});
    return {in_warp.thread + kWarp * (e.row / 16), in_warp.index};
  }

  /// Sum `index` of `thread`: eight columns after each other. f16 sums lie two to a register in the same order.
  static constexpr Element of_d(int thread, int index) {
    const Element in_block = MmaFragment<32>::of_d(thread % kWarp, index % 4);
    return {in_block.row + 16 * (thread / kWarp), in_block.column + 8 * (index / 4)};
  }
  static constexpr Slot slot_of_d(Element e) {
    const Slot in_block = MmaFragment<32>::slot_of_d({e.row % 16, e.column % 8});
    return {in_block.thread + kWarp * (e.row / 16), in_block.index + 4 * (e.column / 8)};
  }
};

}  // namespace octavo::cuda::layout
