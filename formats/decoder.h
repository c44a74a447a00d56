// Codes of one format to values, span after span: the vector kernel where it covers the format, else a table.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "formats/cast_plan.h"
#include "formats/decode.h"

namespace octavo::formats {

class Decoder {
 public:
  /// Of a format of at most 8 bits.
  explicit Decoder(const Spec& spec) : plan_(nearest_plan(spec, Overflow::saturate)) {
    assert(spec.bits() <= 8);
    if (!plan_) table_ = decode_table(spec);
  }

  void operator()(const std::uint8_t* codes, float* values, std::size_t count) const {
    if (plan_) return nearest_kernels().decode(*plan_, codes, values, count);
    for (std::size_t i = 0; i < count; ++i) values[i] = table_[codes[i]];
  }

 private:
  std::optional<quantize_kernel::Plan> plan_;
  std::array<float, 256> table_{};
};

}  // namespace octavo::formats
