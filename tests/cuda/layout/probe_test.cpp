// Dots that share an instruction share neither a row nor a column, and in time meet every place of D.
#include "cuda/layout/probe.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace octavo::cuda::layout {
namespace {

TEST(Probe, DotsShareNoRowAndNoColumnAndAreFoundAgain) {
  for (auto [rows, columns] : {std::pair{16, 8}, {64, 8}, {64, 16}, {64, 64}, {64, 128}, {64, 256}}) {
    for (int turn = 0; turn < rows * columns; ++turn) {
      const ProbePlan plan{rows, columns, turn};
      std::set<int> used_rows;
      std::set<int> used_columns;
      for (int dot = 0; dot < plan.dots(); ++dot) {
        const Element e = plan.place(dot);
        ASSERT_TRUE(e.row >= 0 && e.row < rows && e.column >= 0 && e.column < columns);
        ASSERT_EQ(dot, plan.dot_of_row(e.row));
        ASSERT_EQ(dot, plan.dot_of_column(e.column));
        ASSERT_EQ(dot, plan.dot_of(e));
        used_rows.insert(e.row);
        used_columns.insert(e.column);
      }
      ASSERT_EQ(static_cast<std::size_t>(plan.dots()), used_rows.size());
      ASSERT_EQ(static_cast<std::size_t>(plan.dots()), used_columns.size());
      for (int row = 0; row < rows; ++row) ASSERT_EQ(used_rows.contains(row), plan.dot_of_row(row) >= 0);
      for (int column = 0; column < columns; ++column)
        ASSERT_EQ(used_columns.contains(column), plan.dot_of_column(column) >= 0);
    }
  }
}

TEST(Probe, TurnsReachEveryPlace) {
  for (auto [rows, columns] : {std::pair{16, 8}, {64, 8}, {64, 256}}) {
    std::set<std::pair<int, int>> seen;
    for (int turn = 0; turn < rows * columns; ++turn) {
      const Element e = ProbePlan{rows, columns, turn}.place(0);
      seen.insert({e.row, e.column});
    }
    EXPECT_EQ(static_cast<std::size_t>(rows * columns), seen.size());
  }
}

TEST(Probe, AFewTurnsMeetEveryColumnAndRegister) {
  constexpr std::int64_t kDefaultCount = 2500;  // results of a case
  for (const int columns : {8, 16, 64, 128, 256}) {
    std::set<int> columns_met;
    std::set<int> registers_met;  // of a thread's sums, as the fragment of wgmma numbers them
    const std::int64_t blocks = probe_blocks(64, columns, false, kDefaultCount);
    for (std::int64_t block = 0; block < blocks; ++block) {
      const ProbeBlock probe = probe_block(64, columns, false, block, kDefaultCount);
      for (int row = 0; row < 64; ++row) {
        for (int column = 0; column < columns; ++column) {
          if (probe.result({row, column}) < 0) continue;
          columns_met.insert(column);
          registers_met.insert(WgmmaFragment<256>::slot_of_d({row, column}).index);
        }
      }
    }
    EXPECT_EQ(columns_met.size(), static_cast<std::size_t>(columns));
    EXPECT_EQ(registers_met.size(), static_cast<std::size_t>(columns / 2)) << columns;
  }
}

TEST(Probe, BlocksOfDotsHoldEachDotOnceAndNoMore) {
  constexpr std::int64_t kCount = 100;  // no multiple of 8
  std::set<std::int64_t> results;
  for (std::int64_t block = 0; block < probe_blocks(16, 8, false, kCount); ++block) {
    const ProbeBlock probe = probe_block(16, 8, false, block, kCount);
    for (int row = 0; row < 16; ++row) {
      for (int column = 0; column < 8; ++column) {
        const std::int64_t at = probe.result({row, column});
        if (at < 0) continue;
        EXPECT_LT(at, kCount);
        EXPECT_EQ(probe.a_row(row), at);
        EXPECT_EQ(probe.b_row(column), at);
        EXPECT_TRUE(results.insert(at).second);
      }
    }
  }
  EXPECT_EQ(results.size(), static_cast<std::size_t>(kCount));
}

TEST(Probe, AWholeProductIsEveryRowByEveryColumn) {
  EXPECT_EQ(probe_blocks(64, 16, true, 3), 3);
  const ProbeBlock probe = probe_block(64, 16, true, 2, 3);
  EXPECT_EQ(probe.a_row(5), 2 * 64 + 5);
  EXPECT_EQ(probe.b_row(7), 2 * 16 + 7);
  EXPECT_EQ(probe.result({5, 7}), (2 * 64 + 5) * 16 + 7);
}

}  // namespace
}  // namespace octavo::cuda::layout
