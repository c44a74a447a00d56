// Reads an operand's elements as floats, whatever it holds and however it is laid out; for engines that need no speed.
// Codes one a byte for those that do.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "formats/decode.h"
#include "sim/gemm/operand.h"

namespace octavo::sim::gemm {

/// Calls visit(row, k, value) for every element, row by row.
template <typename Visit>
void for_each_value(const Operand& operand, Visit visit) {
  const auto table = operand.values == nullptr ? formats::decode_table(operand.format) : std::array<float, 256>{};
  for (std::int64_t row = 0; row < operand.rows; ++row) {
    for (std::int64_t k = 0; k < operand.depth; ++k) {
      const std::int64_t at = row * operand.row_stride + k * operand.depth_stride;
      visit(row, k, operand.values != nullptr ? operand.values[at] : table[operand.code(row, k)]);
    }
  }
}

/// The operand with its codes one a byte: itself, or a copy in `storage` that lies likewise if they are nibbles.
inline Operand one_a_byte(const Operand& operand, std::vector<std::uint8_t>& storage) {
  if (!operand.nibbles) return operand;
  const bool empty = operand.rows == 0 || operand.depth == 0;
  storage.resize(empty ? 0
                       : static_cast<std::size_t>((operand.rows - 1) * operand.row_stride +
                                                  (operand.depth - 1) * operand.depth_stride + 1));
  for (std::size_t i = 0; i < storage.size() / 2; ++i) {
    storage[2 * i] = operand.codes[i] & 15;
    storage[2 * i + 1] = operand.codes[i] >> 4;
  }
  if (storage.size() % 2 != 0) storage.back() = operand.codes[storage.size() / 2] & 15;
  Operand result = operand;
  result.codes = storage.data();
  result.nibbles = false;
  return result;
}

}  // namespace octavo::sim::gemm
