// The fp16-accumulate engine: codes decoded, B in panels, tiles on the kernel of the instruction set in use.
#include "sim/gemm/values/fp16_accumulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <limits>
#include <vector>

#include "formats/decode.h"
#include "formats/encode.h"
#include "machine/choose.h"
#include "machine/share.h"
#include "messages/error.h"
#include "sim/gemm/operand_values.h"
#include "sim/gemm/values/fp16_accumulate_kernel.h"

namespace octavo::sim::gemm {

float fp16_add(float sum, double product) {
  const std::uint32_t code = formats::encode(formats::fp16, formats::Rounding::nearest_even, formats::Overflow::special,
                                             static_cast<double>(sum) + product);
  return static_cast<float>(formats::decode(formats::fp16, code));
}

namespace {

/// True if products with another such format keep the kernel's contract.
bool fits_kernel(const formats::Spec& format) {
  return format.mantissa_bits <= 4 && format.max_exponent() < 50 && format.min_quantum() > -50;
}

/// A: values [rows, depth]. B: upper halves of values in panels [panel][depth][kFp16Columns], zeros in missing columns;
/// or, of formats that are not for the kernel, values [rows, depth].
struct PackedFp16 final : Packed {
  bool for_kernel = false;
  std::vector<float> values;
  std::vector<std::uint16_t> panels;

  const float* row(std::int64_t i) const { return values.data() + i * depth; }

  /// Element (row, k) of B.
  float value(std::int64_t i, std::int64_t k) const {
    if (!for_kernel) return row(i)[k];
    const std::int64_t at = (i / kFp16Columns * depth + k) * kFp16Columns + i % kFp16Columns;
    return std::bit_cast<float>(static_cast<std::uint32_t>(panels[static_cast<std::size_t>(at)]) << 16);
  }
};

const Fp16Kernel& kernel_in_use() {
  return machine::choose(machine::instruction_set(), OCTAVO_EACH_ISA(gemm, fp16_kernel));
}

float canonical_nan(float x) { return std::isnan(x) ? std::numeric_limits<float>::quiet_NaN() : x; }

class Fp16Accumulate final : public Engine {
 public:
  std::string_view name() const override { return "fp16-accumulate"; }

  std::string description() const override {
    return "exact products of codes, the running sum rounded to FP16 after every addition, k ascending; NaN results "
           "are 0x7FC00000";
  }

  bool takes_values() const override { return false; }

  std::unique_ptr<Packed> pack(Side side, const Operand& operand) const override {
    if (operand.values != nullptr)
      throw Error(fmt::format("fp16-accumulate: operand {} holds values; this engine takes 8-bit codes, so cast it",
                              side == Side::a ? "a" : "b"));
    auto packed = std::make_unique<PackedFp16>();
    packed->rows = operand.rows;
    packed->depth = operand.depth;
    packed->for_kernel = fits_kernel(operand.format);
    const bool in_panels = side == Side::b && packed->for_kernel;
    const std::int64_t panels = (operand.rows + kFp16Columns - 1) / kFp16Columns;
    if (in_panels)
      packed->panels.resize(static_cast<std::size_t>(panels * operand.depth * kFp16Columns));
    else
      packed->values.resize(static_cast<std::size_t>(operand.rows * operand.depth));
    for_each_value(operand, [&](std::int64_t row, std::int64_t k, float value) {
      if (in_panels)
        packed->panels[static_cast<std::size_t>((row / kFp16Columns * operand.depth + k) * kFp16Columns +
                                                row % kFp16Columns)] =
            static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16);
      else
        packed->values[static_cast<std::size_t>(row * operand.depth + k)] = value;
    });
    return packed;
  }

  void multiply(const Packed& packed_a, const Packed& packed_b, float* d, std::int64_t ldd,
                bool accumulate) const override {
    const auto& a = static_cast<const PackedFp16&>(packed_a);
    const auto& b = static_cast<const PackedFp16&>(packed_b);
    assert(a.depth == b.depth && ldd >= b.rows);
    const bool fast = a.for_kernel && b.for_kernel;
    const Fp16Kernel& kernel = kernel_in_use();
    constexpr std::int64_t kRowBlock = 16;
    const std::int64_t row_blocks = (a.rows + kRowBlock - 1) / kRowBlock;
    const std::int64_t blocks = row_blocks * ((b.rows + kFp16Columns - 1) / kFp16Columns);
    machine::share(blocks, 0.2 * static_cast<double>(kRowBlock * kFp16Columns * a.depth), [&](std::int64_t block) {
      const std::int64_t panel = block / row_blocks;
      const std::int64_t first = block % row_blocks * kRowBlock;
      for (std::int64_t m = first; m < std::min(a.rows, first + kRowBlock); m += kFp16Rows) {
        const int rows = static_cast<int>(std::min<std::int64_t>(kFp16Rows, std::min(a.rows, first + kRowBlock) - m));
        const std::int64_t n = panel * kFp16Columns;
        const int columns = static_cast<int>(std::min<std::int64_t>(kFp16Columns, b.rows - n));
        std::array<float, kFp16Rows * kFp16Columns> sums{};
        if (accumulate)
          for (int r = 0; r < rows; ++r)
            for (int c = 0; c < columns; ++c)
              sums[static_cast<std::size_t>(r * kFp16Columns + c)] = fp16_add(d[(m + r) * ldd + n + c], 0.0);
        if (fast)
          kernel.tile[rows](a.depth, a.row(m), a.depth, b.panels.data() + panel * a.depth * kFp16Columns, sums.data());
        else
          chain(a, b, m, rows, n, columns, sums.data());
        for (int r = 0; r < rows; ++r)
          for (int c = 0; c < columns; ++c)
            d[(m + r) * ldd + n + c] = canonical_nan(sums[static_cast<std::size_t>(r * kFp16Columns + c)]);
      }
    });
  }

 private:
  /// The definition, for formats that the kernel's contract leaves out.
  static void chain(const PackedFp16& a, const PackedFp16& b, std::int64_t m, int rows, std::int64_t n, int columns,
                    float* sums) {
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < columns; ++c)
        for (std::int64_t k = 0; k < a.depth; ++k) {
          float& sum = sums[r * kFp16Columns + c];
          sum = fp16_add(sum, static_cast<double>(a.row(m + r)[k]) * b.value(n + c, k));
        }
  }
};

}  // namespace

std::unique_ptr<Engine> make_fp16_accumulate() { return std::make_unique<Fp16Accumulate>(); }

}  // namespace octavo::sim::gemm
