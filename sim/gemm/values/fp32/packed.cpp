// Decoding and packing for the fp32 engine.
#include "sim/gemm/values/fp32/packed.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <vector>

#include "formats/decode.h"
#include "formats/span/code_decoder.h"
#include "machine/share.h"
#include "sim/gemm/operand_values.h"

namespace octavo::sim::gemm {
namespace {

/// Nanoseconds to pack a value, about.
constexpr double kToPack = 0.4;

/// How codes become values: by the kernel's table where it has one, and it is large enough for the values.
class Codebook {
 public:
  Codebook(const formats::Spec& format, const Fp32Kernel& kernel) : decoder_(format) {
    if (kernel.decode == nullptr) return;
    table_ = formats::decode_table(format);
    if (std::ranges::all_of(table_, [](float value) { return (std::bit_cast<std::uint32_t>(value) & 0xFFFFu) == 0; }))
      decode_ = kernel.decode;
  }

  /// The rows and steps of `operand` from its first element on, depth by rows if `by_rows`, else rows by depth.
  void operator()(const Operand& operand, std::int64_t first, std::int64_t rows, std::int64_t depth, bool by_rows,
                  float* values) const {
    const std::uint8_t* codes = operand.codes + first;
    const std::int64_t runs = by_rows ? depth : rows;
    const std::int64_t length = by_rows ? rows : depth;
    const std::int64_t between_runs = by_rows ? operand.depth_stride : operand.row_stride;
    const std::int64_t in_run = by_rows ? operand.row_stride : operand.depth_stride;
    if (in_run == 1) return decode(codes, between_runs, runs, length, values);
    for (std::int64_t run = 0; run < runs; ++run)
      decode(codes + run * between_runs, in_run, length, 1, values + run * length);
  }

 private:
  void decode(const std::uint8_t* codes, std::int64_t stride, std::int64_t runs, std::int64_t length,
              float* values) const {
    if (decode_ != nullptr) return decode_(codes, stride, runs, length, table_.data(), values);
    decoder_(codes, static_cast<std::size_t>(stride), static_cast<std::size_t>(runs), static_cast<std::size_t>(length),
             values);
  }

  formats::CodeDecoder decoder_;
  std::array<float, 256> table_{};
  Fp32Decode decode_ = nullptr;
};

/// Steps [from, from + depth) of a slice of a panel of B.
void pack_panel(const Operand& operand, const Codebook* codebook, Fp32B& packed, std::int64_t slice, std::int64_t panel,
                std::int64_t from, std::int64_t depth) {
  const Fp32Kernel& kernel = *packed.kernel;
  const std::int64_t k = packed.slices.bound(slice) + from;
  const int rows = packed.panel_rows(panel);
  const int width = kernel.column_tile;
  const std::int64_t first = packed.first_row(panel) * operand.row_stride + k * operand.depth_stride;
  float* destination = packed.values.data() + packed.offset(slice, panel) + from * width;
  if (codebook == nullptr) {
    kernel.pack({operand.values + first, operand.row_stride, operand.depth_stride}, rows, width, depth, destination);
    return;
  }
  alignas(64) std::array<float, kFp32DepthBlock * kFp32ColumnTile> decoded;
  const bool by_rows = operand.row_stride == 1;
  (*codebook)(operand, first, rows, depth, by_rows, decoded.data());
  kernel.pack({decoded.data(), by_rows ? 1 : depth, by_rows ? rows : 1}, rows, width, depth, destination);
}

/// What both sides have in common.
template <class PackedSide>
std::unique_ptr<PackedSide> packed(Side side, const Fp32Kernel& kernel, const Operand& operand, int tile) {
  auto result = std::make_unique<PackedSide>();
  result->rows = operand.rows;
  result->depth = operand.depth;
  result->side = side;
  result->kernel = &kernel;
  result->slices = cut(operand.depth, kFp32DepthBlock);
  result->panels = cut(operand.rows, tile);
  return result;
}

}  // namespace

std::unique_ptr<Fp32A> pack_a(const Fp32Kernel& kernel, const Operand& given) {
  std::vector<std::uint8_t> storage;
  const Operand operand = one_a_byte(given, storage);
  auto result = packed<Fp32A>(Side::a, kernel, operand, kernel.row_tile);
  if (operand.values != nullptr) {
    result->values = {operand.values, operand.row_stride, operand.depth_stride};
    return result;
  }
  const std::int64_t rows = operand.rows;
  const std::int64_t depth = operand.depth;
  result->decoded = machine::AlignedFloats(rows * depth);
  float* const values = result->decoded.data();
  const Codebook codebook(operand.format, kernel);
  const bool by_rows = operand.row_stride == 1 && operand.depth_stride != 1;
  result->values = by_rows ? Fp32Rows{values, 1, rows} : Fp32Rows{values, depth, 1};
  const Cut parts = cut(by_rows ? depth : rows, kFp32PackSteps);
  machine::share(
      parts.parts,
      kToPack * static_cast<double>(rows * depth) / static_cast<double>(std::max<std::int64_t>(parts.parts, 1)),
      [&](std::int64_t part) {
        const std::int64_t first = parts.bound(part);
        const std::int64_t count = parts.size(part);
        if (by_rows)
          codebook(operand, first * operand.depth_stride, rows, count, true, values + first * rows);
        else
          codebook(operand, first * operand.row_stride, count, depth, false, values + first * depth);
      });
  return result;
}

std::unique_ptr<Fp32B> pack_b(const Fp32Kernel& kernel, const Operand& given) {
  std::vector<std::uint8_t> storage;
  const Operand operand = one_a_byte(given, storage);
  auto result = packed<Fp32B>(Side::b, kernel, operand, kernel.column_tile);
  result->values = machine::AlignedFloats(result->panels.parts * kernel.column_tile * operand.depth);
  std::optional<Codebook> codebook;
  if (operand.values == nullptr) codebook.emplace(operand.format, kernel);
  const Codebook* const book = codebook ? &*codebook : nullptr;
  const Cut& slices = result->slices;
  // Rows that lie side by side belong to many panels, which take a few steps each while those are cached.
  const bool by_rows = operand.row_stride == 1 && operand.depth_stride != 1;
  const std::int64_t groups = by_rows ? 1 : result->panels.parts;
  const std::int64_t panels = by_rows ? result->panels.parts : 1;
  const std::int64_t steps = by_rows ? kFp32PackSteps : kFp32DepthBlock;
  const std::int64_t parts = operand.depth == 0 ? 0 : ceil_divide(slices.size(slices.parts - 1), steps);
  const std::int64_t pieces = groups * slices.parts * parts;
  machine::share(pieces,
                 kToPack * static_cast<double>(operand.rows * operand.depth) /
                     static_cast<double>(std::max<std::int64_t>(pieces, 1)),
                 [&](std::int64_t i) {
                   const std::int64_t slice = i / parts % slices.parts;
                   const std::int64_t from = i % parts * steps;
                   const std::int64_t depth = std::min(steps, slices.size(slice) - from);
                   const std::int64_t first = i / parts / slices.parts * panels;
                   for (std::int64_t panel = first; depth > 0 && panel < first + panels; ++panel)
                     pack_panel(operand, book, *result, slice, panel, from, depth);
                 });
  return result;
}

}  // namespace octavo::sim::gemm
