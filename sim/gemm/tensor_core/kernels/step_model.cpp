// What follows from a row and the formats, by magnitude of code.
#include "sim/gemm/tensor_core/kernels/step_model.h"

#include <bit>

#include "formats/decode.h"
#include "sim/gemm/tensor_core/reference.h"

namespace octavo::sim::gemm {
namespace {

using formats::Accumulator;

StepOperand step_operand(const formats::Spec& format, bool as_f16) {
  StepOperand operand{};
  operand.finest = format.min_quantum() + kExponentOffset;
  for (std::uint32_t magnitude = 0; magnitude < 128; ++magnitude) {
    constexpr std::uint16_t kTiny = 0x0080;  // 2^-126
    constexpr std::uint32_t kNoBit = 255;
    operand.values[magnitude] = kTiny;
    operand.extents[magnitude] = std::uint32_t{kTiny} << 16 | kNoBit << 8;
    if (magnitude > format.magnitude_mask()) continue;
    const Element element = decode_element(format, magnitude, as_f16);
    if (element.kind != Element::Kind::finite || element.significand == 0) continue;
    const auto value = static_cast<float>(formats::decode(format, magnitude));
    operand.values[magnitude] = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16);
    operand.exponents[magnitude] = static_cast<std::uint16_t>(element.exponent + kExponentOffset);
    const int lowest = element.unit + std::countr_zero(static_cast<std::uint32_t>(element.significand));
    operand.extents[magnitude] = std::uint32_t{operand.values[magnitude]} << 16 |
                                 static_cast<std::uint32_t>(lowest + kExponentOffset) << 8 |
                                 operand.exponents[magnitude];
  }
  return operand;
}

StepScales step_scales(const formats::Spec& format) {
  StepScales scales{};
  for (std::uint32_t code = 0; code < 256; ++code) {
    const Element element = decode_element(format, code & format.magnitude_mask());
    const bool nan = element.kind == Element::Kind::nan;
    scales.values[code] = nan ? 1.0F : static_cast<float>(formats::decode(format, code & format.magnitude_mask()));
    scales.exponents[code] = nan ? std::int16_t{0} : element.exponent;
  }
  scales.bits = format.mantissa_bits;
  return scales;
}

}  // namespace

StepModel step_model(const Architecture& row, const formats::Spec& a, const formats::Spec& b,
                     const formats::Spec& scales) {
  const bool f16 = row.accumulator == Accumulator::f16;
  StepModel model{.a = step_operand(a, row.operands_as_f16),
                  .b = step_operand(b, row.operands_as_f16),
                  .depth = row.group,
                  .fraction_bits = row.fraction_bits,
                  .f16 = f16,
                  .clamp_addend = f16 && a.min_exponent() + b.min_exponent() < formats::fp16.min_exponent(),
                  .zero_exponent = row.zero_exponent,
                  .scales = {}};
  if (row.datapath == Datapath::scaled_groups) model.scales = step_scales(scales);
  return model;
}

}  // namespace octavo::sim::gemm
