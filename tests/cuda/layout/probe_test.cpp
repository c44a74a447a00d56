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

}  // namespace
}  // namespace octavo::cuda::layout
