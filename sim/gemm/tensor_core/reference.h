// The scalar reference of the tensor cores: the truncated fused dot-product-add, in integer arithmetic.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "formats/spec.h"
#include "sim/gemm/tensor_core/architectures.h"

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

/// One instruction on one output: c + sum a[k] b[k] over `architecture.depth` elements, as the hardware rounds it.
/// c and the result are bits of the accumulator's type (f32, or f16 in the low 16 bits). NaN is 0x7FFFFFFF or 0x7FFF.
/// a and b hold codes of formats that the architecture takes, which must not need block scales.
std::uint32_t dot_add(const Architecture& architecture, const formats::Spec& a_format, const formats::Spec& b_format,
                      std::span<const std::uint8_t> a, std::span<const std::uint8_t> b, std::uint32_t c);

/// The same for 16-bit operands (hopper-hmma).
std::uint32_t dot_add(const Architecture& architecture, const formats::Spec& a_format, const formats::Spec& b_format,
                      std::span<const std::uint16_t> a, std::span<const std::uint16_t> b, std::uint32_t c);

/// The same for decoded operands, each of architecture.depth elements.
std::uint32_t dot_add(const Architecture& architecture, const Element* a, const Element* b, std::uint32_t c);

/// Scale codes of both operands, one per `block` elements of K in ascending k.
struct ScaleCodes {
  formats::Spec format;  ///< e8m0, or e4m3 (whose sign bit is ignored: UE4M3)
  std::span<const std::uint8_t> a;
  std::span<const std::uint8_t> b;
};

/// One block-scaled instruction (mxf8f6f4: one scale each per 32 elements; mxf4nvf4: one per 16 or 32).
std::uint32_t dot_add(const Architecture& architecture, const formats::Spec& a_format, const formats::Spec& b_format,
                      std::span<const std::uint8_t> a, std::span<const std::uint8_t> b, const ScaleCodes& scales,
                      std::uint32_t c);

inline constexpr std::uint32_t kNanF32 = 0x7FFFFFFFu;
inline constexpr std::uint32_t kNanF16 = 0x7FFFu;

}  // namespace octavo::sim::gemm
