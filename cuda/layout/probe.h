// Where a probe puts independent dot products into one matrix instruction: dot j at (row, column) of D.
#pragma once

#include "cuda/layout/fragment.h"

namespace octavo::cuda::layout {

/// D is rows x columns, powers of two. As many dots as fit without sharing a row or a column of it.
constexpr int probe_dots(int rows, int columns) { return rows < columns ? rows : columns; }

/// The dots are spread over rows and columns; `turn` shifts all places around, so that every dot meets every place of D
/// in rows x columns turns.
struct ProbePlan {
  int rows = 0;
  int columns = 0;
  int turn = 0;

  constexpr int dots() const { return probe_dots(rows, columns); }

  constexpr Element place(int dot) const {
    return {(dot * (rows / dots()) + turn) & (rows - 1), (dot * (columns / dots()) + turn / rows) & (columns - 1)};
  }

  /// The dot whose operand is that row of A, or -1.
  constexpr int dot_of_row(int row) const { return dot_at((row - turn) & (rows - 1), rows / dots()); }
  /// The dot whose operand is that column of D, or -1.
  constexpr int dot_of_column(int column) const {
    return dot_at((column - turn / rows) & (columns - 1), columns / dots());
  }
  /// The dot whose result is that element of D, or -1.
  constexpr int dot_of(Element e) const {
    const int dot = dot_of_row(e.row);
    return dot >= 0 && dot == dot_of_column(e.column) ? dot : -1;
  }

 private:
  static constexpr int dot_at(int place, int stride) { return (place & (stride - 1)) == 0 ? place / stride : -1; }
};

}  // namespace octavo::cuda::layout
