// The scalar reference of the tensor cores: the truncated fused dot-product-add, in integer arithmetic.
#pragma once

#include <cstdint>
#include <span>

#include "formats/spec.h"
#include "sim/gemm/tensor_core/architectures.h"
#include "sim/gemm/tensor_core/element.h"

namespace octavo::sim::gemm {

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

/// Scale codes of both operands in ascending k, those of a for the same elements of K as those of b.
struct ScaleCodes {
  formats::Spec format;  ///< e8m0, or e4m3 (whose sign bit is ignored: UE4M3)
  std::span<const std::uint8_t> a;
  std::span<const std::uint8_t> b;
};

/// One block-scaled instruction (mxf8f6f4: one scale each per 32 elements; mxf4nvf4: one per 16 or 32).
std::uint32_t dot_add(const Architecture& architecture, const formats::Spec& a_format, const formats::Spec& b_format,
                      std::span<const std::uint8_t> a, std::span<const std::uint8_t> b, const ScaleCodes& scales,
                      std::uint32_t c);

/// The same for decoded operands.
std::uint32_t dot_add(const Architecture& architecture, const Element* a, const Element* b, const ScaleCodes& scales,
                      std::uint32_t c);

}  // namespace octavo::sim::gemm
