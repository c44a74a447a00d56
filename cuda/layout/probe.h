// Where a probe puts independent dot products into one matrix instruction: dot j at (row, column) of D.
#pragma once

#include "cuda/layout/fragment.h"

namespace octavo::cuda::layout {

/// D is rows x columns. As many dots as fit without sharing a row or a column of it; they are spread over both.
constexpr int probe_dots(int rows, int columns) { return rows < columns ? rows : columns; }

/// The place of dot `dot`; `turn` shifts all places around, so that every row meets every column in time.
constexpr Element probe_element(int rows, int columns, int dot, int turn) {
  const int dots = probe_dots(rows, columns);
  return {(dot * (rows / dots) + turn) % rows, (dot * (columns / dots) + turn / rows) % columns};
}

}  // namespace octavo::cuda::layout
