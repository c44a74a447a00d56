// Reads an operand's elements as floats, whatever it holds and however it is laid out; for engines that need no speed.
#pragma once

#include <array>
#include <cstdint>

#include "formats/decode.h"
#include "sim/gemm/engine.h"

namespace octavo::sim::gemm {

/// Calls visit(row, k, value) for every element, row by row.
template <typename Visit>
void for_each_value(const Operand& operand, Visit visit) {
  const auto table = operand.values == nullptr ? formats::decode_table(operand.format) : std::array<float, 256>{};
  for (std::int64_t row = 0; row < operand.rows; ++row) {
    for (std::int64_t k = 0; k < operand.depth; ++k) {
      const std::int64_t at = row * operand.row_stride + k * operand.depth_stride;
      visit(row, k, operand.values != nullptr ? operand.values[at] : table[operand.codes[at]]);
    }
  }
}

}  // namespace octavo::sim::gemm
