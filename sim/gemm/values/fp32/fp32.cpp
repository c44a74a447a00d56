// The fp32 engine's blocking: which part of the packed operands meets which, in what order, on which thread.
#include "sim/gemm/values/fp32/fp32.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "machine/choose.h"
#include "machine/share.h"
#include "sim/gemm/values/fp32/packed.h"

namespace octavo::sim::gemm {
namespace {

const Fp32Kernel& kernel_in_use() {
  return machine::choose(machine::instruction_set(), OCTAVO_EACH_ISA(gemm, fp32_kernel));
}

/// Parts of D that threads take: panels [first_row, last_row) of A times panels [first_column, last_column) of B.
struct Block {
  std::int64_t first_row, last_row, first_column, last_column;
};

/// Panels of A that are packed together for one block: their rows lie side by side in a few cache lines.
constexpr std::int64_t kPanelsAtOnce = 8;

/// Panels [first, last) of a slice of A whose rows lie side by side, each depth by rows, one after the other.
void pack_panels(const Fp32A& a, std::int64_t slice, std::int64_t first, std::int64_t last, float* panels) {
  const std::int64_t depth = a.slices.size(slice);
  for (std::int64_t from = 0; from < depth; from += kFp32PackSteps) {
    const std::int64_t steps = std::min(kFp32PackSteps, depth - from);
    for (std::int64_t panel = first; panel < last; ++panel) {
      const std::int64_t row = a.first_row(panel);
      const int rows = a.panel_rows(panel);
      a.kernel->pack(a.at(row, a.slices.bound(slice) + from), rows, rows, steps,
                     panels + (row - a.first_row(first)) * depth + from * rows);
    }
  }
}

/// A slice of a panel of A stays in the L1 cache and the block's slice of B in the L2 cache, while rows go by.
void multiply_block(const Fp32A& a, const Fp32B& b, const Block& block, float* d, std::int64_t ldd, bool accumulate) {
  // Steps of the depth that lie apart cost a cache line each: panels that meet many columns are packed first.
  constexpr std::int64_t kColumnsWorthPacking = 4;
  const bool packs = a.values.depth_stride != 1 && block.last_column - block.first_column >= kColumnsWorthPacking;
  const std::int64_t panels_at_once = packs ? kPanelsAtOnce : block.last_row - block.first_row;
  alignas(64) std::array<float, kPanelsAtOnce * kFp32RowTile * kFp32DepthBlock> panels;
  for (std::int64_t slice = 0; slice < a.slices.parts; ++slice) {
    const std::int64_t depth = a.slices.size(slice);
    const Fp32Chain chain{.from_d = accumulate || slice > 0, .ends = slice + 1 == a.slices.parts};
    for (std::int64_t first = block.first_row; first < block.last_row; first += panels_at_once) {
      const std::int64_t last = std::min(first + panels_at_once, block.last_row);
      if (packs) pack_panels(a, slice, first, last, panels.data());
      for (std::int64_t row = first; row < last; ++row) {
        const std::int64_t top = a.first_row(row);
        const int rows = a.panel_rows(row);
        const Fp32Rows a_panel = packs ? Fp32Rows{panels.data() + (top - a.first_row(first)) * depth, 1, rows}
                                       : a.at(top, a.slices.bound(slice));
        for (std::int64_t column = block.first_column; column < block.last_column; ++column)
          a.kernel->tile[rows](depth, a_panel, b.values.data() + b.offset(slice, column),
                               d + top * ldd + b.first_row(column), ldd, b.panel_rows(column), chain);
      }
    }
  }
}

class Fp32 final : public Engine {
 public:
  std::string_view name() const override { return "fp32"; }

  std::string description() const override {
    return "binary32, one fused multiply-add per product, k ascending; NaN results are 0x7FC00000";
  }

  bool takes_values() const override { return true; }

  std::unique_ptr<Packed> pack(Side side, const Operand& operand) const override {
    if (side == Side::a) return pack_a(kernel_in_use(), operand);
    return pack_b(kernel_in_use(), operand);
  }

  void multiply(const Packed& packed_a, const Packed& packed_b, float* d, std::int64_t ldd,
                bool accumulate) const override {
    assert(static_cast<const PackedFp32&>(packed_a).side == Side::a);
    assert(static_cast<const PackedFp32&>(packed_b).side == Side::b);
    const auto& a = static_cast<const Fp32A&>(packed_a);
    const auto& b = static_cast<const Fp32B&>(packed_b);
    assert(a.kernel == b.kernel && a.depth == b.depth && ldd >= b.rows);
    if (a.depth == 0 && !accumulate)
      for (std::int64_t row = 0; row < a.rows; ++row) std::fill_n(d + row * ldd, b.rows, 0.0f);
    if (a.rows == 0 || b.rows == 0 || a.depth == 0) return;

    // 16 panels of B by 512 of depth are 1 MB, which an L2 cache holds. Several blocks a thread even out the load.
    constexpr std::int64_t kColumnPanels = 16, kRowPanelsAtLeast = 4, kBlocksPerThread = 4;
    const double nanoseconds = static_cast<double>(a.rows * b.rows * a.depth) / 40;
    const int threads = machine::threads_for(nanoseconds);
    Cut columns = cut(b.panels.parts, kColumnPanels);
    Cut rows{a.panels.parts, 1};
    if (threads > 1) {
      const std::int64_t blocks = kBlocksPerThread * threads;
      rows.parts = std::min(ceil_divide(blocks, columns.parts), ceil_divide(rows.count, kRowPanelsAtLeast));
      columns.parts = std::min(std::max(columns.parts, ceil_divide(blocks, rows.parts)), columns.count);
    }
    const std::int64_t parts = columns.parts * rows.parts;
    machine::share(parts, nanoseconds / static_cast<double>(std::max<std::int64_t>(parts, 1)), [&](std::int64_t i) {
      const std::int64_t column = i / rows.parts;
      const std::int64_t row = i % rows.parts;
      multiply_block(a, b, {rows.bound(row), rows.bound(row + 1), columns.bound(column), columns.bound(column + 1)}, d,
                     ldd, accumulate);
    });
  }
};

}  // namespace

std::unique_ptr<Engine> make_fp32() { return std::make_unique<Fp32>(); }

}  // namespace octavo::sim::gemm
