// What the fp32 engine needs from one instruction set: packing, decoding and the product of one register tile.
#pragma once

#include <cstdint>

namespace octavo::sim::gemm {

/// Depth of the slices that packed operands are cut into, at most: a slice of a row panel stays in the L1 cache.
inline constexpr std::int64_t kFp32DepthBlock = 512;

/// No kernel has larger tiles than these.
inline constexpr int kFp32RowTile = 14;
inline constexpr int kFp32ColumnTile = 32;

/// Whether a tile's chains start from +0 or from what D holds, and whether they end with this slice.
struct Fp32Chain {
  bool from_d = false;
  bool ends = false;
};

/// Element (row, k) is at first[row * row_stride + k * depth_stride].
struct Fp32Rows {
  const float* first = nullptr;
  std::int64_t row_stride = 0;
  std::int64_t depth_stride = 0;
};

/// d[r * ldd + c] continues its chain with a(r, k) * b[k * column_tile + c] for ascending k: one fused multiply-add
/// each, for all rows of the tile and c < columns. Where a chain ends, a NaN becomes the positive quiet NaN 0x7FC00000,
/// since instruction sets differ in the NaN that they pass on.
using Fp32Tile = void (*)(std::int64_t depth, const Fp32Rows& a, const float* b, float* d, std::int64_t ldd,
                          int columns, Fp32Chain chain);

/// values[run * length + i] = table[codes[run * stride + i]], for all runs and i < length.
using Fp32Decode = void (*)(const std::uint8_t* codes, std::int64_t stride, std::int64_t runs, std::int64_t length,
                            const float* table, float* values);

struct Fp32Kernel {
  int row_tile;                     ///< most rows of a tile
  int column_tile;                  ///< columns of a tile, and of every column panel
  Fp32Tile tile[kFp32RowTile + 1];  ///< by number of rows, 1 to row_tile

  /// panel[k * width + r] = values(r, k) for r < rows, +0 for rows <= r < width.
  void (*pack)(const Fp32Rows& values, int rows, int width, std::int64_t depth, float* panel);

  /// Only for tables whose values end with 16 zero bits, as those of formats of 8 bits do unless their bias makes them
  /// smaller than 2^-133. Null where formats::CodeDecoder does instead.
  Fp32Decode decode;
};

namespace scalar {
extern const Fp32Kernel fp32_kernel;
}
namespace avx2 {
extern const Fp32Kernel fp32_kernel;
}
namespace avx512 {
extern const Fp32Kernel fp32_kernel;
}

}  // namespace octavo::sim::gemm
