// What the fp16-accumulate engine needs from one instruction set: chains of products and roundings for one tile.
#pragma once

#include <cstdint>

namespace octavo::sim::gemm {

/// A tile has this many rows at most, and this many columns.
inline constexpr int kFp16Rows = 2;
inline constexpr int kFp16Columns = 64;

/// sums[r * kFp16Columns + c] continues its chain with a[r * a_stride + k] * b[k * kFp16Columns + c] for ascending k,
/// rounded to FP16 after every addition. `b` holds the upper halves of binary32 values. Products have at most 11
/// significant bits and neither overflow nor fall below 2^-100, so that a binary32 sum rounded to FP16 is the sum
/// rounded once (24 >= 2 * 11 + 2 significant bits: Figueroa, When is double rounding innocuous?, 1995).
using Fp16Tile = void (*)(std::int64_t depth, const float* a, std::int64_t a_stride, const std::uint16_t* b,
                          float* sums);

struct Fp16Kernel {
  Fp16Tile tile[kFp16Rows + 1];  ///< by number of rows
};

namespace scalar {
extern const Fp16Kernel fp16_kernel;
}
namespace avx2 {
extern const Fp16Kernel fp16_kernel;
}
namespace avx512 {
extern const Fp16Kernel fp16_kernel;
}

}  // namespace octavo::sim::gemm
