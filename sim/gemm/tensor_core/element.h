// Operands and addends of the tensor cores as their datapaths see them.
#pragma once

#include <array>
#include <cstdint>

#include "formats/accumulator.h"
#include "formats/spec.h"

namespace octavo::sim::gemm {

/// One finite operand as the datapath sees it: significand * 2^unit, aligned by `exponent`. A subnormal keeps its
/// format's smallest exponent and is not normalised.
struct Element {
  enum class Kind : std::uint8_t { finite, infinite, nan };
  std::int32_t significand = 0;  ///< with sign; 0 for zero; +-1 for an infinity
  std::int16_t exponent = 0;
  std::int16_t unit = 0;
  Kind kind = Kind::finite;
};

/// The element of a code of `format` (at most 16 bits). `as_f16`: as its f16 conversion aligns (Architecture's flag).
Element decode_element(const formats::Spec& format, std::uint32_t code, bool as_f16 = false);

/// The elements of all codes of a format of at most 8 bits.
using ElementTable = std::array<Element, 256>;
ElementTable element_table(const formats::Spec& format, bool as_f16);

/// The element of an addend or a result: bits of the accumulator's type.
Element decode_accumulator(formats::Accumulator accumulator, std::uint32_t bits);

inline constexpr std::uint32_t kNanF32 = 0x7FFFFFFFu;
inline constexpr std::uint32_t kNanF16 = 0x7FFFu;

}  // namespace octavo::sim::gemm
