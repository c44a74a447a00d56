// Dots that share an instruction share neither a row nor a column, and in time meet every place of D.
#include "cuda/layout/probe.h"

#include <gtest/gtest.h>

#include <set>

namespace octavo::cuda::layout {
namespace {

TEST(Probe, DotsShareNoRowAndNoColumn) {
  for (auto [rows, columns] : {std::pair{16, 8}, {64, 8}, {64, 16}, {64, 64}, {64, 128}, {64, 256}}) {
    for (int turn = 0; turn < rows * columns; ++turn) {
      std::set<int> used_rows;
      std::set<int> used_columns;
      for (int dot = 0; dot < probe_dots(rows, columns); ++dot) {
        const Element e = probe_element(rows, columns, dot, turn);
        ASSERT_TRUE(e.row >= 0 && e.row < rows && e.column >= 0 && e.column < columns);
        used_rows.insert(e.row);
        used_columns.insert(e.column);
      }
      EXPECT_EQ(static_cast<std::size_t>(probe_dots(rows, columns)), used_rows.size());
      EXPECT_EQ(static_cast<std::size_t>(probe_dots(rows, columns)), used_columns.size());
    }
  }
}

TEST(Probe, TurnsReachEveryPlace) {
  for (auto [rows, columns] : {std::pair{16, 8}, {64, 8}, {64, 256}}) {
    std::set<std::pair<int, int>> seen;
    for (int turn = 0; turn < rows * columns; ++turn) {
      const Element e = probe_element(rows, columns, 0, turn);
      seen.insert({e.row, e.column});
    }
    EXPECT_EQ(static_cast<std::size_t>(rows * columns), seen.size());
  }
}

}  // namespace
}  // namespace octavo::cuda::layout
