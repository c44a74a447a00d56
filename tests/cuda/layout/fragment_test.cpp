// Fragment layouts are bijections between slots and elements, and agree with the stride form of the same layouts.
#include "cuda/layout/fragment.h"

#include <gtest/gtest.h>

#include <vector>

namespace octavo::cuda::layout {
namespace {

/// Every (thread, index) is one element of rows x columns, each element once, and `slot` finds the way back.
template <class ElementOf, class SlotOf>
void expect_bijection(int threads, int values, int rows, int columns, ElementOf element_of, SlotOf slot_of) {
  ASSERT_EQ(threads * values, rows * columns);
  std::vector<int> seen(static_cast<std::size_t>(rows * columns));
  for (int thread = 0; thread < threads; ++thread) {
    for (int index = 0; index < values; ++index) {
      const Element e = element_of(thread, index);
      ASSERT_TRUE(e.row >= 0 && e.row < rows && e.column >= 0 && e.column < columns) << thread << ' ' << index;
      EXPECT_EQ(slot_of(e), (Slot{thread, index}));
      ++seen[static_cast<std::size_t>(e.row * columns + e.column)];
    }
  }
  for (int count : seen) EXPECT_EQ(1, count);
}

template <int Depth>
void expect_mma_bijections() {
  using F = MmaFragment<Depth>;
  expect_bijection(kWarp, F::kBytesOfA, 16, Depth, F::of_a, F::slot_of_a);
  expect_bijection(kWarp, F::kBytesOfB, 8, Depth, F::of_b, F::slot_of_b);
  expect_bijection(kWarp, F::kSums, 16, 8, F::of_d, F::slot_of_d);
}

TEST(Fragment, MmaIsABijection) {
  expect_mma_bijections<16>();
  expect_mma_bijections<32>();
}

template <int N>
void expect_wgmma_bijections() {
  using F = WgmmaFragment<N>;
  expect_bijection(kWarpgroup, F::kBytesOfA, 64, 32, F::of_a, F::slot_of_a);
  expect_bijection(kWarpgroup, F::kSums, 64, N, F::of_d, F::slot_of_d);
}

TEST(Fragment, WgmmaIsABijection) {
  expect_wgmma_bijections<8>();
  expect_wgmma_bijections<16>();
  expect_wgmma_bijections<24>();
  expect_wgmma_bijections<64>();
  expect_wgmma_bijections<128>();
  expect_wgmma_bijections<256>();
}

/// The same layouts as strides of thread and value digits, in column-major order of the matrix.
TEST(Fragment, AgreesWithTheStrideForm) {
  for (int t = 0; t < kWarp; ++t) {
    for (int v = 0; v < 16; ++v) {
      const Element a = MmaFragment<32>::of_a(t, v);
      EXPECT_EQ(t % 4 * 64 + t / 4 + v % 4 * 16 + v / 4 % 2 * 8 + v / 8 * 256, a.row + 16 * a.column);
    }
    for (int v = 0; v < 8; ++v) {
      const Element b = MmaFragment<32>::of_b(t, v);
      EXPECT_EQ(t % 4 * 32 + t / 4 + v % 4 * 8 + v / 4 * 128, b.row + 8 * b.column);
    }
    for (int v = 0; v < 4; ++v) {
      const Element d = MmaFragment<32>::of_d(t, v);
      EXPECT_EQ(t % 4 * 32 + t / 4 + v % 2 * 16 + v / 2 * 8, d.row + 16 * d.column);
    }
  }
  for (int t = 0; t < kWarpgroup; ++t) {
    for (int v = 0; v < 128; ++v) {
      const Element d = WgmmaFragment<256>::of_d(t, v);
      EXPECT_EQ(t % 4 * 128 + t / 4 % 8 + t / 32 * 16 + v % 2 * 64 + v / 2 % 2 * 8 + v / 4 * 512,
                d.row + 64 * d.column);
    }
  }
}

/// What the instruction's emulation on sm_90 relies on: the low halves of the 32-bit fragments hold k mod 4 in {0, 1}.
TEST(Fragment, ARegisterHoldsFourNeighboursAlongK) {
  for (int lane = 0; lane < kWarp; ++lane)
    for (int index = 0; index < 16; ++index) EXPECT_EQ(index % 4, MmaFragment<32>::of_a(lane, index).column % 4);
}

static_assert(MmaFragment<32>::of_a(5, 13) == Element{9, 21});
static_assert(WgmmaFragment<16>::of_d(127, 7) == Element{63, 15});

}  // namespace
}  // namespace octavo::cuda::layout
