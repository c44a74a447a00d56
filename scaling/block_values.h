// One block of a matrix as a dense array: what is asked of all its values at once.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "formats/span/widened_part.h"
#include "scaling/matrix.h"

namespace octavo::scaling {

/// Rows and columns of block `number`.
struct BlockPlace {
  std::int64_t row, column, height, width;

  BlockPlace(const BlockGrid& grid, std::int64_t number)
      : row(number / grid.across() * grid.block_rows),
        column(number % grid.across() * grid.block_columns),
        height(std::min(grid.block_rows, grid.rows - row)),
        width(std::min(grid.block_columns, grid.columns - column)) {}

  std::int64_t size() const { return height * width; }
  bool is_contiguous(const BlockGrid& grid) const { return height == 1 || width == grid.columns; }
};

/// The block's values as binary32, row by row: where they lie if they do so in one piece, else gathered in `storage`.
inline std::span<const float> block_values(const Matrix& matrix, const BlockPlace& at, std::vector<float>& storage) {
  const bool lies_there = matrix.values.type() == formats::quantize_kernel::Source::fp32;
  const auto size = static_cast<std::size_t>(at.size());
  if (lies_there && at.is_contiguous(matrix.grid))
    return {static_cast<const float*>(matrix.part(at.row, at.column, at.size()).data()), size};
  storage.resize(size);
  float* to = storage.data();
  for (std::int64_t row = at.row; row < at.row + at.height; ++row, to += at.width) {
    const formats::Values part = matrix.part(row, at.column, at.width);
    if (lies_there)
      std::copy_n(static_cast<const float*>(part.data()), at.width, to);
    else
      formats::nearest_kernels().widen(part.type(), part.data(), to, part.size());
  }
  return storage;
}

}  // namespace octavo::scaling
