// Operands as the fp32 engine's blocking reads them: A where it lies, B in panels.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

#include "machine/aligned_floats.h"
#include "sim/gemm/engine.h"
#include "sim/gemm/values/fp32/kernel.h"

namespace octavo::sim::gemm {

constexpr std::int64_t ceil_divide(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// `count` things cut into `parts` parts whose sizes differ by one at most: part i is [bound(i), bound(i + 1)).
struct Cut {
  std::int64_t count = 0;
  std::int64_t parts = 0;

  std::int64_t bound(std::int64_t i) const { return count * i / parts; }
  std::int64_t size(std::int64_t i) const { return bound(i + 1) - bound(i); }
};

constexpr Cut cut(std::int64_t count, std::int64_t largest) { return {count, ceil_divide(count, largest)}; }

/// What both sides know: slices of the depth, and panels of rows.
struct PackedFp32 : Packed {
  Side side = Side::a;
  const Fp32Kernel* kernel = nullptr;
  Cut slices;
  Cut panels;
};

/// A: the operand's own memory, or a copy of the same layout where codes had to become values. A panel is as many rows
/// as a tile, or one fewer.
struct Fp32A final : PackedFp32 {
  Fp32Rows values;
  machine::AlignedFloats decoded;

  std::int64_t first_row(std::int64_t panel) const { return panels.bound(panel); }
  int panel_rows(std::int64_t panel) const { return static_cast<int>(panels.size(panel)); }
  Fp32Rows at(std::int64_t row, std::int64_t k) const {
    return {values.first + row * values.row_stride + k * values.depth_stride, values.row_stride, values.depth_stride};
  }
};

/// B: slices of the depth one after the other, within a slice panels one after the other, within a panel depth by rows.
/// Panels are padded to column_tile columns with zeros, which never reach D.
struct Fp32B final : PackedFp32 {
  machine::AlignedFloats values;

  std::int64_t first_row(std::int64_t panel) const { return panel * kernel->column_tile; }
  int panel_rows(std::int64_t panel) const {
    return static_cast<int>(std::min<std::int64_t>(kernel->column_tile, rows - first_row(panel)));
  }
  /// Where panel `panel` of slice `slice` lies in `values`.
  std::int64_t offset(std::int64_t slice, std::int64_t panel) const {
    return slices.bound(slice) * panels.parts * kernel->column_tile + slices.size(slice) * first_row(panel);
  }
};

std::unique_ptr<Fp32A> pack_a(const Fp32Kernel& kernel, const Operand& operand);
std::unique_ptr<Fp32B> pack_b(const Fp32Kernel& kernel, const Operand& operand);

/// Rows that lie side by side belong to many panels, which take this many steps of the depth each, while those are
/// cached.
inline constexpr std::int64_t kFp32PackSteps = 32;

}  // namespace octavo::sim::gemm
