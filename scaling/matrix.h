// A tensor as a matrix under a granularity, and the bands of rows that threads share it by.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "formats/span/values.h"
#include "machine/share.h"
#include "scaling/granularity.h"

namespace octavo::scaling {

/// Elements in the pieces that a tensor is worked on in: fixed, so that sums over pieces do not depend on the threads.
inline constexpr std::int64_t kPiece = 1 << 15;

/// The values of `columns` columns, laid out row by row, and the blocks that scales cover.
struct Matrix {
  formats::Values values;
  BlockGrid grid;
  std::int64_t scales;  ///< one a block; a tensor without elements under kTensor has one too

  /// `columns` is at least 1 and divides the number of values.
  Matrix(formats::Values x, std::int64_t columns, const Granularity& granularity)
      : values(x),
        grid(granularity, static_cast<std::int64_t>(x.size()) / columns, columns),
        scales(granularity.is_tensor() ? 1 : grid.blocks()) {}

  std::int64_t size() const { return grid.rows * grid.columns; }
  /// `count` values from (row, column) on, within the row.
  formats::Values part(std::int64_t row, std::int64_t column, std::int64_t count) const {
    return values.part(static_cast<std::size_t>(row * grid.columns + column), static_cast<std::size_t>(count));
  }
};

/// Rows worked on at a time: whole blocks where those are smaller than a piece.
inline std::int64_t band_rows(const BlockGrid& grid) {
  const std::int64_t rows = std::max<std::int64_t>(1, kPiece / std::max<std::int64_t>(1, grid.columns));
  return grid.block_rows <= rows ? rows / grid.block_rows * grid.block_rows : rows;
}

/// True if no block lies in two bands.
inline bool bands_hold_whole_blocks(const BlockGrid& grid) { return band_rows(grid) % grid.block_rows == 0; }

/// function(band, first row, one past the last), in any order, by several threads. `each`: nanoseconds an element.
template <class Function>
void for_bands(const BlockGrid& grid, double each, const Function& function) {
  const std::int64_t rows = band_rows(grid);
  const double band = each * static_cast<double>(rows * grid.columns);
  machine::share((grid.rows + rows - 1) / rows, band,
                 [&](std::int64_t i) { function(i, i * rows, std::min(grid.rows, (i + 1) * rows)); });
}

/// function(block column, first column, columns) for the blocks that a row crosses.
template <class Function>
void for_segments(const BlockGrid& grid, const Function& function) {
  std::int64_t block = 0;
  for (std::int64_t column = 0; column < grid.columns; column += grid.block_columns, ++block)
    function(block, column, std::min(grid.block_columns, grid.columns - column));
}

}  // namespace octavo::scaling
