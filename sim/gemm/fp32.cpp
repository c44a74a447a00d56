// The fp32 engine's blocking: which part of the packed operands meets which, in what order, on which thread.
#include "sim/gemm/fp32.h"

#include <omp.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>

#include "formats/decode.h"
#include "formats/instruction_set.h"
#include "sim/gemm/aligned_floats.h"
#include "sim/gemm/fp32_kernel.h"

namespace octavo::sim::gemm {
namespace {

const Fp32Kernel& kernel_in_use() {
  switch (formats::instruction_set()) {
#ifdef OCTAVO_HAS_AVX512
    case formats::InstructionSet::avx512:
      return avx512::fp32_kernel;
    case formats::InstructionSet::avx2:
      return avx2::fp32_kernel;
#endif
    default:
      return scalar::fp32_kernel;
  }
}

constexpr std::int64_t ceil_divide(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// `count` things cut into `parts` parts whose sizes differ by one at most: part i is [bound(i), bound(i + 1)).
struct Cut {
  std::int64_t count;
  std::int64_t parts;

  std::int64_t bound(std::int64_t i) const { return count * i / parts; }
  std::int64_t size(std::int64_t i) const { return bound(i + 1) - bound(i); }
};

Cut cut(std::int64_t count, std::int64_t largest) { return {count, ceil_divide(count, largest)}; }

/// Slices of the depth one after the other, within a slice panels one after the other, within a panel depth by rows.
/// Panels of A differ in height by one row at most and are stored without padding; panels of B are padded to
/// column_tile columns with zeros, which never reach D.
struct PackedFp32 final : Packed {
  Side side = Side::a;
  const Fp32Kernel* kernel = nullptr;
  Cut slices{};
  Cut panels{};
  AlignedFloats values;

  std::int64_t width() const { return side == Side::a ? panels.count : panels.parts * kernel->column_tile; }
  std::int64_t first_row(std::int64_t panel) const {
    return side == Side::a ? panels.bound(panel) : panel * kernel->column_tile;
  }
  int panel_rows(std::int64_t panel) const {
    return static_cast<int>(side == Side::a ? panels.size(panel)
                                            : std::min<std::int64_t>(kernel->column_tile, rows - first_row(panel)));
  }
  /// Where panel `panel` of slice `slice` lies in `values`.
  std::int64_t offset(std::int64_t slice, std::int64_t panel) const {
    return slices.bound(slice) * width() + slices.size(slice) * first_row(panel);
  }
};

/// Below this many multiply-adds a second thread does not pay.
constexpr std::int64_t kWorthAThread = 1 << 17;
/// To pack a value takes as long as this many multiply-adds.
constexpr std::int64_t kWorkToPack = 16;

int threads_for(std::int64_t work) {
  if (omp_in_parallel() != 0) return 1;
  return static_cast<int>(std::clamp<std::int64_t>(work / kWorthAThread, 1, omp_get_max_threads()));
}

/// How codes become values, if the operand has codes.
struct Codebook {
  std::array<float, 256> table{};
  Fp32Decode decode = nullptr;

  Codebook(const Operand& operand, const Fp32Kernel& kernel) {
    if (operand.values != nullptr) return;
    table = formats::decode_table(operand.format);
    const bool short_values =
        std::ranges::all_of(table, [](float value) { return (std::bit_cast<std::uint32_t>(value) & 0xFFFFu) == 0; });
    decode = short_values ? kernel.decode : scalar::fp32_kernel.decode;
  }
};

/// Steps [from, from + depth) of a slice of a panel.
void pack_panel(const Operand& operand, const Codebook& codebook, PackedFp32& packed, std::int64_t slice,
                std::int64_t panel, std::int64_t from, std::int64_t depth) {
  const Fp32Kernel& kernel = *packed.kernel;
  const std::int64_t row = packed.first_row(panel);
  const std::int64_t k = packed.slices.bound(slice) + from;
  const int rows = packed.panel_rows(panel);
  const int width = packed.side == Side::a ? rows : kernel.column_tile;
  const std::int64_t first = row * operand.row_stride + k * operand.depth_stride;
  float* destination = packed.values.data() + packed.offset(slice, panel) + from * width;
  if (operand.values != nullptr) {
    kernel.pack(operand.values + first, operand.row_stride, operand.depth_stride, rows, width, depth, destination);
    return;
  }
  alignas(64) std::array<float, kFp32DepthBlock * kFp32ColumnTile> decoded;
  const auto decode = [&](std::int64_t start, std::int64_t stride, std::int64_t runs, std::int64_t length,
                          float* values) {
    codebook.decode(operand.codes + first + start, stride, runs, length, codebook.table.data(), values);
  };
  if (operand.row_stride == 1) {
    decode(0, operand.depth_stride, depth, rows, decoded.data());
    kernel.pack(decoded.data(), 1, rows, rows, width, depth, destination);
    return;
  }
  if (operand.depth_stride == 1) {
    decode(0, operand.row_stride, rows, depth, decoded.data());
  } else {
    for (int r = 0; r < rows; ++r)
      decode(r * operand.row_stride, operand.depth_stride, depth, 1, decoded.data() + r * depth);
  }
  kernel.pack(decoded.data(), depth, 1, rows, width, depth, destination);
}

/// Parts of D that threads take: panels [first_row, last_row) of A times panels [first_column, last_column) of B.
struct Block {
  std::int64_t first_row, last_row, first_column, last_column;
};

/// A slice of a panel of A stays in the L1 cache and the block's slice of B in the L2 cache, while rows go by.
void multiply_block(const PackedFp32& a, const PackedFp32& b, const Block& block, float* d, std::int64_t ldd,
                    bool accumulate) {
  for (std::int64_t slice = 0; slice < a.slices.parts; ++slice) {
    const std::int64_t depth = a.slices.size(slice);
    const Fp32Chain chain{.from_d = accumulate || slice > 0, .ends = slice + 1 == a.slices.parts};
    for (std::int64_t row = block.first_row; row < block.last_row; ++row) {
      const std::int64_t top = a.first_row(row);
      const float* a_panel = a.values.data() + a.offset(slice, row);
      const Fp32Tile tile = a.kernel->tile[a.panel_rows(row)];
      for (std::int64_t column = block.first_column; column < block.last_column; ++column) {
        tile(depth, a_panel, b.values.data() + b.offset(slice, column), d + top * ldd + b.first_row(column), ldd,
             b.panel_rows(column), chain);
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
    const Fp32Kernel& kernel = kernel_in_use();
    auto packed = std::make_unique<PackedFp32>();
    packed->rows = operand.rows;
    packed->depth = operand.depth;
    packed->side = side;
    packed->kernel = &kernel;
    packed->slices = cut(operand.depth, kFp32DepthBlock);
    packed->panels = cut(operand.rows, side == Side::a ? kernel.row_tile : kernel.column_tile);
    packed->values = AlignedFloats(packed->width() * packed->depth);
    const Codebook codebook(operand, kernel);
    const int threads = threads_for(kWorkToPack * operand.rows * operand.depth);
    const Cut& slices = packed->slices;
    if (operand.row_stride == 1 && operand.depth_stride != 1) {
      // What lies side by side belongs to many panels: they take a few steps of the depth each, while these are cached.
      constexpr std::int64_t kSteps = 32;
      const std::int64_t parts = operand.depth == 0 ? 0 : ceil_divide(slices.size(slices.parts - 1), kSteps);
#pragma omp parallel for collapse(2) schedule(static) num_threads(threads) if (threads > 1)
      for (std::int64_t slice = 0; slice < slices.parts; ++slice)
        for (std::int64_t part = 0; part < parts; ++part) {
          const std::int64_t from = part * kSteps;
          const std::int64_t depth = std::min(kSteps, slices.size(slice) - from);
          for (std::int64_t panel = 0; depth > 0 && panel < packed->panels.parts; ++panel)
            pack_panel(operand, codebook, *packed, slice, panel, from, depth);
        }
      return packed;
    }
#pragma omp parallel for collapse(2) schedule(static) num_threads(threads) if (threads > 1)
    for (std::int64_t panel = 0; panel < packed->panels.parts; ++panel)
      for (std::int64_t slice = 0; slice < slices.parts; ++slice)
        pack_panel(operand, codebook, *packed, slice, panel, 0, slices.size(slice));
    return packed;
  }

  void multiply(const Packed& packed_a, const Packed& packed_b, float* d, std::int64_t ldd,
                bool accumulate) const override {
    const auto& a = static_cast<const PackedFp32&>(packed_a);
    const auto& b = static_cast<const PackedFp32&>(packed_b);
    assert(a.side == Side::a && b.side == Side::b && a.depth == b.depth && ldd >= b.rows);
    assert(a.kernel == b.kernel);
    if (a.depth == 0 && !accumulate)
      for (std::int64_t row = 0; row < a.rows; ++row) std::fill_n(d + row * ldd, b.rows, 0.0f);
    if (a.rows == 0 || b.rows == 0 || a.depth == 0) return;

    // 16 panels of B by 512 of depth are 1 MB, which an L2 cache holds. Several blocks a thread even out the load.
    constexpr std::int64_t kColumnPanels = 16, kRowPanelsAtLeast = 4, kBlocksPerThread = 4;
    const int threads = threads_for(a.rows * b.rows * a.depth);
    Cut columns = cut(b.panels.parts, kColumnPanels);
    Cut rows{a.panels.parts, 1};
    if (threads > 1) {
      const std::int64_t blocks = kBlocksPerThread * threads;
      rows.parts = std::min(ceil_divide(blocks, columns.parts), ceil_divide(rows.count, kRowPanelsAtLeast));
      columns.parts = std::min(std::max(columns.parts, ceil_divide(blocks, rows.parts)), columns.count);
    }
#pragma omp parallel for collapse(2) schedule(dynamic) num_threads(threads) if (threads > 1)
    for (std::int64_t column = 0; column < columns.parts; ++column)
      for (std::int64_t row = 0; row < rows.parts; ++row)
        multiply_block(a, b, {rows.bound(row), rows.bound(row + 1), columns.bound(column), columns.bound(column + 1)},
                       d, ldd, accumulate);
  }
};

}  // namespace

std::unique_ptr<Engine> make_fp32() { return std::make_unique<Fp32>(); }

}  // namespace octavo::sim::gemm
