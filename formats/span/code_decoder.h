// Codes of one format to values, span after span: the vector kernel where it covers the format, else a table.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "formats/decode.h"
#include "formats/span/cast_plan.h"

namespace octavo::formats {

class CodeDecoder {
 public:
  /// Of a format of at most 8 bits.
  explicit CodeDecoder(const Spec& spec) : plan_(nearest_plan(spec, Overflow::saturate)) {
    assert(spec.bits() <= 8);
    if (!plan_) table_ = decode_table(spec);
  }

  void operator()(const std::uint8_t* codes, float* values, std::size_t count) const {
    (*this)(codes, count, 1, count, values);
  }

  /// values[run * length + i] from codes[run * stride + i], for all runs and i < length.
  void operator()(const std::uint8_t* codes, std::size_t stride, std::size_t runs, std::size_t length,
                  float* values) const {
    if (plan_) return nearest_kernels().decode(*plan_, codes, stride, runs, length, values);
    for (std::size_t run = 0; run < runs; ++run)
      for (std::size_t i = 0; i < length; ++i) values[run * length + i] = table_[codes[run * stride + i]];
  }

 private:
  std::optional<quantize_kernel::Plan> plan_;
  std::array<float, 256> table_{};
};

}  // namespace octavo::formats
