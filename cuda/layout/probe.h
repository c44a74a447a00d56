// What a probe puts into one matrix instruction: independent dot products at places of D, or a whole product.
#pragma once

#include <cstdint>

#include "cuda/layout/fragment.h"

namespace octavo::cuda::layout {

/// D is rows x columns, powers of two. As many dots as fit without sharing a row or a column of it.
constexpr int probe_dots(int rows, int columns) { return rows < columns ? rows : columns; }

/// The dots are spread over rows and columns; `turn` shifts all places around: down by a row and on by nine columns
/// each time, so that a few turns meet every column and register, and rows x columns turns every place with every dot.
struct ProbePlan {
  int rows = 0;
  int columns = 0;
  int turn = 0;

  constexpr int dots() const { return probe_dots(rows, columns); }

  constexpr Element place(int dot) const {
    return {(dot * (rows / dots()) + turn) & (rows - 1), (dot * (columns / dots()) + column_shift()) & (columns - 1)};
  }

  /// The dot whose operand is that row of A, or -1.
  constexpr int dot_of_row(int row) const { return dot_at((row - turn) & (rows - 1), rows / dots()); }
  /// The dot whose operand is that column of D, or -1.
  constexpr int dot_of_column(int column) const {
    return dot_at((column - column_shift()) & (columns - 1), columns / dots());
  }
  /// The dot whose result is that element of D, or -1.
  constexpr int dot_of(Element e) const {
    const int dot = dot_of_row(e.row);
    return dot >= 0 && dot == dot_of_column(e.column) ? dot : -1;
  }

 private:
  constexpr int column_shift() const { return 9 * turn + turn / rows; }
  static constexpr int dot_at(int place, int stride) { return (place & (stride - 1)) == 0 ? place / stride : -1; }
};

/// The operand rows and results of the `block`-th instruction, as indices into what the caller handed over; -1 where
/// the instruction has a place but the caller nothing. `count` is that of dots, or of whole products.
struct ProbeBlock {
  ProbePlan plan;
  bool whole = false;  ///< every row of A against every row of B
  std::int64_t block = 0;
  std::int64_t count = 0;

  constexpr std::int64_t a_row(int row) const { return whole ? block * plan.rows + row : index(plan.dot_of_row(row)); }
  constexpr std::int64_t b_row(int column) const {
    return whole ? block * plan.columns + column : index(plan.dot_of_column(column));
  }
  constexpr std::int64_t result(Element e) const {
    return whole ? (block * plan.rows + e.row) * plan.columns + e.column : index(plan.dot_of(e));
  }

 private:
  constexpr std::int64_t index(int dot) const {
    const std::int64_t at = block * plan.dots() + dot;
    return dot >= 0 && at < count ? at : -1;
  }
};

/// The `block`-th instruction of a probe; turns repeat when every place was met.
constexpr ProbeBlock probe_block(int rows, int columns, bool whole, std::int64_t block, std::int64_t count) {
  return {{rows, columns, static_cast<int>(block % (rows * columns))}, whole, block, count};
}

/// Instructions that a probe needs.
constexpr std::int64_t probe_blocks(int rows, int columns, bool whole, std::int64_t count) {
  const int dots = probe_dots(rows, columns);
  return whole ? count : (count + dots - 1) / dots;
}

}  // namespace octavo::cuda::layout
