// One cast, its numbers worked out once, for tensors that are cast part by part.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "formats/random.h"
#include "formats/rounding.h"
#include "formats/span/cast_plan.h"
#include "formats/span/values.h"

namespace octavo::formats {

/// Codes of a format under one rounding and overflow. All functions run on the calling thread, expect the default
/// floating-point environment and give the same bits on every instruction set; spans of a call have equal lengths.
class Encoder {
 public:
  /// A valid() format; element i of a tensor draws random.word(i) >> (32 - random_bits) under stochastic rounding.
  Encoder(const Spec& format, Rounding rounding, Overflow overflow, const RandomStream& random = {},
          int random_bits = 24);

  /// codes[i] = encode(format, rounding, overflow, x[i] * scale), where x[0] is element `first` of the tensor. The
  /// product is a binary32 one, rounded. Formats of at most 8 bits.
  void encode(Values x, float scale, std::uint64_t first, std::span<std::uint8_t> codes) const;

  /// The same with a factor for each element: codes of x[i] * factors[i].
  void encode(Values x, std::span<const float> factors, std::uint64_t first, std::span<std::uint8_t> codes) const;

  /// values[i] = the value of the code of x[i] * scale, for a format of more than 8 bits.
  void round(Values x, float scale, std::uint64_t first, std::span<float> values) const;

 private:
  template <class Code>
  void codes_of(const float* x, float scale, std::uint64_t first, Code* codes, std::size_t count) const;

  Spec format_;
  Rounding rounding_;
  Overflow overflow_;
  RandomStream random_;
  int random_bits_;
  std::optional<quantize_kernel::Plan> nearest_;
  std::optional<rounding_kernel::Plan> any_;
};

}  // namespace octavo::formats
