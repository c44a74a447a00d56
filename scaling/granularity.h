// How much of a matrix one scale covers, independent of how the scale is chosen.
#pragma once

#include <algorithm>
#include <cstdint>

namespace octavo::scaling {

/// Blocks of rows x columns of a matrix whose last dimension runs along memory (any dimensions before it are rows);
/// 0 stands for all there are. Blocks at the right and lower edges are cut off where the matrix ends.
struct Granularity {
  std::int64_t rows = 0;
  std::int64_t columns = 0;

  constexpr bool operator==(const Granularity&) const = default;

  constexpr bool is_tensor() const { return rows == 0 && columns == 0; }
};

inline constexpr Granularity kTensor{0, 0};
inline constexpr Granularity kRow{1, 0};
inline constexpr Granularity kColumn{0, 1};
constexpr Granularity block(std::int64_t rows, std::int64_t columns) { return {rows, columns}; }

/// A granularity laid over a matrix: how many blocks there are, and where each lies. Row-major order of blocks.
struct BlockGrid {
  std::int64_t rows;  ///< of the matrix
  std::int64_t columns;
  std::int64_t block_rows;  ///< at least 1, at most the matrix's (1 if it has none)
  std::int64_t block_columns;

  constexpr BlockGrid(const Granularity& granularity, std::int64_t matrix_rows, std::int64_t matrix_columns)
      : rows(matrix_rows),
        columns(matrix_columns),
        block_rows(extent(granularity.rows, matrix_rows)),
        block_columns(extent(granularity.columns, matrix_columns)) {}

  constexpr std::int64_t down() const { return (rows + block_rows - 1) / block_rows; }
  constexpr std::int64_t across() const { return (columns + block_columns - 1) / block_columns; }
  constexpr std::int64_t blocks() const { return down() * across(); }
  /// The block of element (row, column).
  constexpr std::int64_t of(std::int64_t row, std::int64_t column) const {
    return row / block_rows * across() + column / block_columns;
  }

 private:
  static constexpr std::int64_t extent(std::int64_t wanted, std::int64_t all) {
    const std::int64_t most = std::max<std::int64_t>(all, 1);
    return wanted == 0 ? most : std::min(wanted, most);
  }
};

}  // namespace octavo::scaling
