// Planted errors of alignment, sums and their rounding.
#include "experiments/capture/self_test/planted_instruction.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "formats/decode.h"
#include "formats/encode.h"

namespace octavo::experiments::capture {
namespace {

using formats::Accumulator;
using sim::gemm::Architecture;
using sim::gemm::Element;
using sim::gemm::OutputRounding;

float as_float(std::uint32_t bits) { return std::bit_cast<float>(bits); }

/// An f32 with at most 24 significant bits, to 14 of them: to nearest even, or toward zero.
std::uint32_t to_14_bits(std::uint32_t bits, bool nearest) {
  if ((bits & 0x7F800000u) == 0x7F800000u) return bits;
  if (nearest) bits += 0x1FFu + (bits >> 10 & 1u);
  return bits & ~0x3FFu;
}

/// By how much the floors of one instruction's terms lie below their truncations: the quantum for every negative term
/// that the alignment cuts. For rows of one group.
double floor_correction(const Architecture& row, const Element* a, const Element* b, std::uint32_t c) {
  const double addend = as_float(c);
  int largest = -1000;
  for (int k = 0; k < row.depth; ++k)
    if (a[k].significand != 0 && b[k].significand != 0) largest = std::max(largest, a[k].exponent + b[k].exponent);
  if (addend != 0) largest = std::max({largest, std::ilogb(addend), -126});
  const double quantum = std::ldexp(1.0, largest - row.fraction_bits);
  const auto cut = [&](double value) { return value < 0 && std::fmod(value, quantum) != 0; };
  double correction = cut(addend) ? quantum : 0;
  for (int k = 0; k < row.depth; ++k)
    if (cut(std::ldexp(static_cast<double>(a[k].significand) * b[k].significand, a[k].unit + b[k].unit)))
      correction += quantum;
  return correction;
}

/// Rows whose f16 sum is one group's, which fits an f32.
bool is_one_f16_sum(const Architecture& row) {
  return row.accumulator == Accumulator::f16 && row.group == row.depth && row.fraction_bits == 13;
}

std::uint32_t cut_f16_sum(const Architecture& row, const Element* a, const Element* b, std::uint32_t c) {
  Architecture wide = row;
  wide.accumulator = Accumulator::f32;
  wide.output = OutputRounding::f32_toward_zero;
  const auto addend = std::bit_cast<std::uint32_t>(static_cast<float>(formats::decode(formats::fp16, c)));
  const float sum = as_float(sim::gemm::dot_add(wide, a, b, addend));
  if (!std::isfinite(sum)) return sim::gemm::dot_add(row, a, b, c);
  return formats::encode(formats::fp16, formats::Rounding::toward_zero, formats::Overflow::special, sum);
}

}  // namespace

std::uint32_t planted_instruction(std::optional<PlantedError> error, const Architecture& row, const Element* a,
                                  const Element* b, std::uint32_t c) {
  const auto is = [&](PlantedError one) { return error == one; };
  if (is(PlantedError::f16_sum_cut) && is_one_f16_sum(row)) return cut_f16_sum(row, a, b, c);
  Architecture changed = row;
  if (is(PlantedError::one_fraction_bit_less)) --changed.fraction_bits;
  if (is(PlantedError::one_fraction_bit_more)) ++changed.fraction_bits;
  if (is(PlantedError::zero_products_by_operands)) changed.zero_products = sim::gemm::ZeroProducts::operand_exponents;
  // The sum of one Hopper group fits 24 bits, so that cutting it to f32 first loses nothing.
  const bool wide = row.output == OutputRounding::e8m13_toward_zero && row.group == row.depth;
  const bool nearest = is(PlantedError::sum_rounded_to_nearest);
  if (wide && (nearest || is(PlantedError::floor_of_terms))) changed.output = OutputRounding::f32_toward_zero;
  std::uint32_t result = sim::gemm::dot_add(changed, a, b, c);
  if (changed.output != row.output) {
    if (is(PlantedError::floor_of_terms) && std::isfinite(as_float(result)))
      result = std::bit_cast<std::uint32_t>(
          static_cast<float>(static_cast<double>(as_float(result)) - floor_correction(row, a, b, c)));
    result = to_14_bits(result, nearest);
  }
  const std::uint32_t nan = row.accumulator == Accumulator::f32 ? sim::gemm::kNanF32 : sim::gemm::kNanF16;
  if (is(PlantedError::nan_with_payload) && result == nan)
    result = row.accumulator == Accumulator::f32 ? 0x7FC00000u : 0x7E00u;
  return result;
}

}  // namespace octavo::experiments::capture
