// The fp32 engine's kernels, compiled once per instruction set: the register tile, packing and decoding.
#include "sim/gemm/values/fp32/kernel.h"

#include <utility>

#include "sim/gemm/values/fp32/vector.h"

namespace octavo::sim::gemm {
namespace {

constexpr int kColumns = kVectors * kLanes;
static_assert(kRows <= kFp32RowTile && kColumns <= kFp32ColumnTile);

template <int rows>
void tile(std::int64_t depth, const Fp32Rows& a, const float* b, float* d, std::int64_t ldd, int columns,
          Fp32Chain chain) {
  const float* row_values[rows];
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r) row_values[r] = a.first + r * a.row_stride;
  Vector sum[rows][kVectors];
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v)
      sum[r][v] = chain.from_d ? load_first(d + r * ldd + v * kLanes, columns - v * kLanes) : zero();
  for (std::int64_t k = 0, at = 0; k < depth; ++k, at += a.depth_stride, b += kColumns) {
    Vector column[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) column[v] = load(b + v * kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
      const Vector row = broadcast(row_values[r] + at);
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sum[r][v] = multiply_add(row, column[v], sum[r][v]);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v)
      store_first(d + r * ldd + v * kLanes, chain.ends ? canonical_nan(sum[r][v]) : sum[r][v], columns - v * kLanes);
}

int at_most(std::int64_t count) { return static_cast<int>(count < kLanes ? count : kLanes); }

/// Rows that lie side by side, as many as the panel is wide: moves of a constant size need no masks.
template <int width>
void copy_steps(const float* values, std::int64_t depth_stride, std::int64_t depth, float* panel) {
  for (std::int64_t k = 0; k < depth; ++k)
    __builtin_memcpy(panel + k * width, values + k * depth_stride, width * sizeof(float));
}

using CopySteps = void (*)(const float* values, std::int64_t depth_stride, std::int64_t depth, float* panel);

template <int... below>
constexpr CopySteps copy_steps_of(int width, std::integer_sequence<int, below...>) {
  constexpr CopySteps each[] = {nullptr, copy_steps<below + 1>...};
  return each[width];
}

void pack(const Fp32Rows& operand, int rows, int width, std::int64_t depth, float* panel) {
  const auto [values, row_stride, depth_stride] = operand;
  // Rows of the panel are written in ascending order, so that what a store leaves behind its row is written over.
  static_assert(kLanes == 1 || (kRows <= kLanes && kColumns % kLanes == 0));
  const float* const end = panel + depth * width;
  if (row_stride == 1 && rows == width) {
    copy_steps_of(width, std::make_integer_sequence<int, kColumns>())(values, depth_stride, depth, panel);
  } else if (row_stride == 1) {
    for (std::int64_t k = 0; k < depth; ++k)
      for (int r = 0; r < width; r += kLanes)
        store_over(panel + k * width + r, load_first(values + k * depth_stride + r, rows - r), width - r, end);
  } else if (depth_stride == 1) {
    for (int r = 0; r < width; r += kLanes) {
      for (std::int64_t k = 0; k < depth; k += kLanes) {
        const int steps = at_most(depth - k);
        Vector block[kLanes];
        for (int i = 0; i < kLanes; ++i)
          block[i] = r + i < rows ? load_first(values + (r + i) * row_stride + k, steps) : zero();
        transpose(block);
        for (int i = 0; i < steps; ++i) store_over(panel + (k + i) * width + r, block[i], width - r, end);
      }
    }
  } else {
    for (std::int64_t k = 0; k < depth; ++k)
      for (int r = 0; r < width; ++r)
        panel[k * width + r] = r < rows ? values[r * row_stride + k * depth_stride] : 0.0f;
  }
}

#if defined(OCTAVO_ISA_avx512)
void decode(const std::uint8_t* codes, std::int64_t stride, std::int64_t runs, std::int64_t length,
            const float* values_of_codes, float* values) {
  const Table table{values_of_codes};
  for (std::int64_t run = 0; run < runs; ++run) {
    for (std::int64_t i = 0; i < length; i += Table::step) {
      const std::int64_t left = length - i;
      table.look_up(codes + run * stride + i, static_cast<int>(left < Table::step ? left : Table::step),
                    values + run * length + i);
    }
  }
}
#else
constexpr Fp32Decode decode = nullptr;
#endif

template <int... below>
constexpr Fp32Kernel kernel(std::integer_sequence<int, below...>) {
  return {kRows, kColumns, {nullptr, tile<below + 1>...}, pack, decode};
}

}  // namespace

namespace OCTAVO_ISA {
const Fp32Kernel fp32_kernel = kernel(std::make_integer_sequence<int, kRows>());
}

}  // namespace octavo::sim::gemm
