// Packing: rows are copied, columns are transposed eight by eight in 64-bit registers.
#include "sim/gemm/tensor_core/kernels/packed.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <numeric>

#include "machine/share.h"
#include "sim/gemm/operand_values.h"
#include "sim/gemm/tensor_core/kernels/pack_scales.h"

namespace octavo::sim::gemm {
namespace {

/// `code` with its sign moved to bit 7.
std::uint8_t stored_code(const formats::Spec& format, std::uint32_t code) {
  code &= format.code_count() - 1u;
  return static_cast<std::uint8_t>((code & format.magnitude_mask()) | ((code & format.sign_bit()) != 0 ? 0x80u : 0u));
}

std::uint32_t code_of(const formats::Spec& format, std::uint32_t stored) {
  return (stored & format.magnitude_mask()) | ((stored & 0x80u) != 0 ? format.sign_bit() : 0u);
}

/// The depth as the steps take it: within an instruction the first group's k, then the second's.
DepthOrder step_order(const TensorCoreProduct& product, const Architecture& row, std::int64_t depth) {
  DepthOrder order = depth_order(product.split, depth, row.depth);
  if (row.order == GroupOrder::half_words) {
    for (std::size_t k = 0; k < order.order.size(); k += static_cast<std::size_t>(row.depth)) {
      std::array<std::int64_t, 64> instruction;
      std::copy_n(order.order.begin() + static_cast<std::ptrdiff_t>(k), row.depth, instruction.begin());
      for (int i = 0; i < row.depth; ++i) {
        const int group = i / row.group;
        const int j = i % row.group;
        order.order[k + static_cast<std::size_t>(i)] =
            instruction[static_cast<std::size_t>(j / 2 * 4 + group * 2 + j % 2)];
      }
    }
  }
  return order;
}

/// The smallest magnitude of a code that is no finite number; such codes have the largest magnitudes.
std::uint8_t first_special(const formats::Spec& format) {
  std::uint32_t magnitude = 0;
  while (magnitude <= format.magnitude_mask() && decode_element(format, magnitude, false).kind == Element::Kind::finite)
    ++magnitude;
  return static_cast<std::uint8_t>(magnitude > format.magnitude_mask() ? 128 : magnitude);
}

/// 8 x 8 bytes: byte j of x[i] and byte i of x[j] change places.
void transpose(std::array<std::uint64_t, 8>& x) {
  const auto exchange = [&](std::size_t i, std::size_t j, int shift, std::uint64_t mask) {
    const std::uint64_t difference = ((x[i] >> shift) ^ x[j]) & mask;
    x[j] ^= difference;
    x[i] ^= difference << shift;
  };
  for (std::size_t i = 0; i < 4; ++i) exchange(i, i + 4, 32, 0x00000000FFFFFFFFu);
  for (const std::size_t i : {0, 1, 4, 5}) exchange(i, i + 2, 16, 0x0000FFFF0000FFFFu);
  for (const std::size_t i : {0, 2, 4, 6}) exchange(i, i + 1, 8, 0x00FF00FF00FF00FFu);
}

/// Packs one operand; `to` of the result is where the k-th element of the depth goes.
struct Packer {
  const Operand& operand;
  PackedSteps& packed;
  std::array<std::uint8_t, 256> stored{};
  bool stored_differs = false;  ///< from the codes, for formats of fewer than 8 bits
  bool in_order = true;         ///< element k goes to k
  std::vector<std::int64_t> to;
  std::uint8_t special = 128;

  Packer(const Operand& from, PackedSteps& result) : operand(from), packed(result), to(from.depth) {
    for (std::uint32_t code = 0; code < 256; ++code) {
      stored[code] = stored_code(operand.format, code);
      stored_differs = stored_differs || stored[code] != code;
    }
    for (std::size_t i = 0; i < packed.order.order.size(); ++i) {
      const std::int64_t k = packed.order.order[i];
      if (k < 0) continue;
      to[static_cast<std::size_t>(k)] = static_cast<std::int64_t>(i);
      in_order = in_order && k == static_cast<std::int64_t>(i);
    }
    special = first_special(operand.format);
  }

  void pack_row(std::int64_t i) {
    const std::int64_t padded = packed.padded_depth();
    std::uint8_t* row = packed.codes.data() + i * padded;
    const std::uint8_t* from = operand.codes + i * operand.row_stride;
    if (in_order && operand.depth_stride == 1) {
      std::copy_n(from, operand.depth, row);
      std::fill_n(row + operand.depth, padded - operand.depth, std::uint8_t{0});
    } else {
      std::fill_n(row, padded, std::uint8_t{0});
      for (std::int64_t k = 0; k < operand.depth; ++k)
        row[to[static_cast<std::size_t>(k)]] = from[k * operand.depth_stride];
    }
    if (stored_differs)
      for (std::int64_t k = 0; k < padded; ++k) row[k] = stored[row[k]];
    std::uint8_t largest = 0;
    for (std::int64_t k = 0; k < padded; ++k)
      largest = std::max<std::uint8_t>(largest, static_cast<std::uint8_t>(row[k] & 0x7Fu));
    packed.special[static_cast<std::size_t>(i)] = largest >= special ? 1 : 0;
  }

  void pack_panel(std::int64_t p) {
    const std::int64_t padded = packed.padded_depth();
    std::uint8_t* panel = packed.codes.data() + p * padded * kStepColumns;
    if (padded != operand.depth) std::fill_n(panel, padded * kStepColumns, std::uint8_t{0});
    std::array<std::int64_t, kStepColumns> column;
    for (std::int64_t j = 0; j < kStepColumns; ++j)
      column[static_cast<std::size_t>(j)] = std::min(p * kStepColumns + j, operand.rows - 1) * operand.row_stride;
    std::int64_t k = 0;
    if (operand.depth_stride == 1)
      for (; k + 8 <= operand.depth; k += 8)
        for (std::int64_t j = 0; j < kStepColumns; j += 8) {
          std::array<std::uint64_t, 8> block;
          for (std::size_t i = 0; i < 8; ++i)
            std::memcpy(&block[i], operand.codes + column[static_cast<std::size_t>(j) + i] + k, 8);
          transpose(block);
          for (std::size_t i = 0; i < 8; ++i)
            std::memcpy(panel + to[static_cast<std::size_t>(k) + i] * kStepColumns + j, &block[i], 8);
        }
    for (; k < operand.depth; ++k)
      for (std::int64_t j = 0; j < kStepColumns; ++j)
        panel[to[static_cast<std::size_t>(k)] * kStepColumns + j] =
            operand.codes[column[static_cast<std::size_t>(j)] + k * operand.depth_stride];
    std::array<std::uint8_t, kStepColumns> largest{};
    for (std::int64_t i = 0; i < padded; ++i) {
      std::uint8_t* codes = panel + i * kStepColumns;
      if (stored_differs)
        for (std::int64_t j = 0; j < kStepColumns; ++j) codes[j] = stored[codes[j]];
      for (std::size_t j = 0; j < kStepColumns; ++j)
        largest[j] = std::max<std::uint8_t>(largest[j], static_cast<std::uint8_t>(codes[j] & 0x7Fu));
    }
    for (std::int64_t j = 0; j < kStepColumns && p * kStepColumns + j < operand.rows; ++j)
      packed.special[static_cast<std::size_t>(p * kStepColumns + j)] =
          largest[static_cast<std::size_t>(j)] >= special ? 1 : 0;
  }
};

}  // namespace

void PackedSteps::copy_row(std::int64_t i, std::uint8_t* to) const {
  for (std::int64_t k = 0; k < padded_depth(); ++k) {
    const std::int64_t within = k % step_depth;
    const std::int64_t column = i % kStepColumns;
    if (side == Side::a) {
      const std::uint8_t* from = row(i, k);
      to[k] = in_nibbles() ? from[within / 2] >> (within % 2 * 4) & 15 : from[within];
    } else if (in_nibbles()) {
      to[k] = panel(i / kStepColumns, k)[within * (kStepColumns / 2) + column % (kStepColumns / 2)] >>
                  (column / (kStepColumns / 2) * 4) &
              15;
    } else {
      to[k] = panel(i / kStepColumns, k)[within * kStepColumns + column];
    }
  }
}

std::unique_ptr<PackedSteps> pack_steps(const TensorCoreProduct& product, const Architecture& row, Side side,
                                        const Operand& given) {
  std::vector<std::uint8_t> storage;
  const Operand operand = one_a_byte(given, storage);
  static_assert(std::endian::native == std::endian::little, "transpose() counts bytes from the low end");
  auto packed = std::make_unique<PackedSteps>();
  packed->rows = operand.rows;
  packed->depth = operand.depth;
  packed->side = side;
  packed->format = operand.format;
  packed->order = step_order(product, row, operand.depth);
  packed->step_depth = row.group;
  packed->row_step_bytes = row.group;
  packed->panel_step_bytes = row.group * kStepColumns;
  for (std::uint32_t code = 0; code < 256; ++code)
    packed->table[code] = decode_element(operand.format, code_of(operand.format, code), row.operands_as_f16);
  const std::int64_t units = side == Side::a ? operand.rows : packed->panels();
  const std::int64_t unit = packed->padded_depth() * (side == Side::a ? 1 : kStepColumns);
  packed->codes = Buffer<std::uint8_t>(units * unit);
  packed->special.assign(static_cast<std::size_t>(operand.rows), 0);
  Packer packer(operand, *packed);
  machine::share(units, 0.5 * static_cast<double>(unit), [&](std::int64_t i) {
    if (side == Side::a)
      packer.pack_row(i);
    else
      packer.pack_panel(i);
  });
  if (row.scale == BlockScale::required) pack_step_scales(operand, *packed);
  packed->any_special = std::accumulate(packed->special.begin(), packed->special.end(), 0,
                                        [](int any, std::uint8_t row_is_special) { return any | row_is_special; }) != 0;
  return packed;
}

}  // namespace octavo::sim::gemm
