// Bits to significands and exponents.
#include "sim/gemm/tensor_core/element.h"

#include <algorithm>
#include <bit>

namespace octavo::sim::gemm {

using formats::Accumulator;
using formats::Spec;

namespace {

Element decode_ieee(std::uint32_t bits, int fraction_bits, int exponent_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const bool negative = (bits >> (fraction_bits + exponent_bits) & 1u) != 0;
  const int field = static_cast<int>(bits >> fraction_bits) & ((1 << exponent_bits) - 1);
  const auto fraction = static_cast<std::int32_t>(bits & ((1u << fraction_bits) - 1u));
  Element element;
  const std::int32_t sign = negative ? -1 : 1;
  if (field == (1 << exponent_bits) - 1) {
    element.kind = fraction == 0 ? Element::Kind::infinite : Element::Kind::nan;
    element.significand = sign;
    return element;
  }
  element.significand = sign * (field == 0 ? fraction : fraction + (1 << fraction_bits));
  element.exponent = static_cast<std::int16_t>((field == 0 ? 1 : field) - bias);
  element.unit = static_cast<std::int16_t>(element.exponent - fraction_bits);
  return element;
}

}  // namespace

Element decode_accumulator(Accumulator accumulator, std::uint32_t bits) {
  return accumulator == Accumulator::f32 ? decode_ieee(bits, 23, 8) : decode_ieee(bits, 10, 5);
}

Element decode_element(const Spec& format, std::uint32_t code, bool as_f16) {
  code &= format.code_count() - 1u;
  Element element;
  const bool negative = (code & format.sign_bit()) != 0;
  if (format.is_nan(code)) {
    element.kind = Element::Kind::nan;
    return element;
  }
  if (format.is_infinite(code)) {
    element.kind = Element::Kind::infinite;
    element.significand = negative ? -1 : 1;
    return element;
  }
  const std::uint32_t magnitude = code & format.magnitude_mask();
  const auto field = static_cast<int>(magnitude >> format.mantissa_bits);
  const auto mantissa = static_cast<std::int32_t>(magnitude & ((1u << format.mantissa_bits) - 1u));
  const bool normal = field > 0 || !format.has_zero;
  const std::int32_t significand = normal ? mantissa + (1 << format.mantissa_bits) : mantissa;
  int exponent = normal ? field - format.bias : format.min_exponent();
  const int unit = exponent - format.mantissa_bits;
  if (as_f16) {
    const int own = unit + static_cast<int>(std::bit_width(static_cast<std::uint32_t>(significand))) - 1;
    exponent = significand == 0 ? formats::fp16.min_exponent() : std::max(own, formats::fp16.min_exponent());
  }
  element.significand = negative ? -significand : significand;
  element.exponent = static_cast<std::int16_t>(exponent);
  element.unit = static_cast<std::int16_t>(unit);
  return element;
}

ElementTable element_table(const Spec& format, bool as_f16) {
  ElementTable table;
  for (std::uint32_t code = 0; code < table.size(); ++code) table[code] = decode_element(format, code, as_f16);
  return table;
}

}  // namespace octavo::sim::gemm
