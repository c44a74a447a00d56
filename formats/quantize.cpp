// Casts over spans: from a format to the numbers of the kernel, and the choice of kernel.
#include "formats/quantize.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <optional>

#include "formats/decode.h"
#include "formats/encode.h"
#include "formats/instruction_set.h"
#include "formats/measure_kernel.h"
#include "formats/quantize_kernel.h"

namespace octavo::formats {
namespace {

using quantize_kernel::Plan;

constexpr std::size_t kBlock = 4096;

const quantize_kernel::Kernels& cast_kernels() {
  switch (instruction_set()) {
#ifdef OCTAVO_HAS_AVX512
    case InstructionSet::avx512:
      return quantize_kernel::avx512::kernels;
#endif
#ifdef OCTAVO_HAS_AVX2
    case InstructionSet::avx2:
      return quantize_kernel::avx2::kernels;
#endif
    default:
      return quantize_kernel::scalar::kernels;
  }
}

const measure_kernel::Kernels& measure_kernels() {
  switch (instruction_set()) {
#ifdef OCTAVO_HAS_AVX512
    case InstructionSet::avx512:
      return measure_kernel::avx512::kernels;
#endif
#ifdef OCTAVO_HAS_AVX2
    case InstructionSet::avx2:
      return measure_kernel::avx2::kernels;
#endif
    default:
      return measure_kernel::scalar::kernels;
  }
}

/// The value of a magnitude code as if codes above the largest went on like those below it.
double next_value(const Spec& spec, std::uint32_t magnitude) {
  Spec wider = spec;
  wider.specials = Specials::none;
  wider.exponent_bits += 1;
  return decode(wider, magnitude);
}

/// Nothing for formats that the kernel does not cover, which take the reference path: those without zero (E8M0: one
/// code per block of a tensor), integers, and those with normal values below or a last place far above the normal range
/// of binary32.
std::optional<Plan> plan_of(const Spec& spec, Overflow overflow) {
  assert(spec.valid());
  if (!spec.has_zero || spec.specials == Specials::integer || spec.min_exponent() < -126 ||
      spec.min_quantum() + 23 > 127)
    return std::nullopt;
  const auto max_code = static_cast<std::int32_t>(spec.max_code());
  const auto sign_bit = static_cast<std::int32_t>(spec.sign_bit());
  const bool special = overflow == Overflow::special && spec.has_nan();
  const int shift = 23 - spec.mantissa_bits;
  Plan plan{};
  plan.shift = shift;
  plan.odd_bit = 1 << shift;
  plan.half = 1 << (shift - 1);
  plan.origin = (spec.min_exponent() + 126) << 23;
  plan.first_normal = plan.origin + (1 << 23);
  plan.hidden = 1 << spec.mantissa_bits;
  plan.magic = static_cast<float>(power_of_two(spec.min_quantum() + 23));
  plan.limit = special ? max_code + 1 : max_code;  // the special code follows the largest one in every format
  plan.code_mask = static_cast<std::int32_t>(spec.code_count() - 1);
  plan.magnitude_mask = static_cast<std::int32_t>(spec.magnitude_mask());
  plan.sign_bit = sign_bit;
  plan.sign_shift = 32 - spec.bits();
  plan.unsigned_below = spec.has_negative_zero() ? -1 : 0;
  plan.nan_result = static_cast<std::int32_t>(spec.code_of_nan());
  plan.infinity_code = spec.has_infinity() ? max_code + 1 : -1;
  plan.nan_from = max_code + (spec.has_infinity() ? 2 : 1);  // beyond every magnitude code where there is no such NaN
  plan.nan_code = spec.nan_is_negative_zero() ? sign_bit : -1;
  // The adder's way: see Kernels::encode.
  const bool special_is_negative_zero = special && spec.specials == Specials::fnuz;
  const int sum_exponent = spec.max_exponent() + 1 + 23 - spec.mantissa_bits;
  if (spec.mantissa_bits >= 1 && sum_exponent <= 127 && !special_is_negative_zero)
    plan.clamp = static_cast<float>(next_value(spec, static_cast<std::uint32_t>(plan.limit)));
  return plan;
}

std::uint8_t encode_one(const Spec& spec, Overflow overflow, float x) {
  return static_cast<std::uint8_t>(encode(spec, Rounding::nearest_even, overflow, x));
}

float decode_one(const Spec& spec, std::uint8_t code) { return static_cast<float>(decode(spec, code)); }

}  // namespace

void encode(const Spec& spec, Overflow overflow, std::span<const float> x, float scale, std::span<std::uint8_t> codes) {
  assert(spec.bits() <= 8 && codes.size() == x.size());
  if (const auto plan = plan_of(spec, overflow)) {
    cast_kernels().encode(*plan, quantize_kernel::Source::fp32, x.data(), scale, codes.data(), x.size());
    return;
  }
  for (std::size_t i = 0; i < x.size(); ++i) codes[i] = encode_one(spec, overflow, x[i] * scale);
}

void decode(const Spec& spec, std::span<const std::uint8_t> codes, std::span<float> values) {
  assert(spec.bits() <= 8 && codes.size() == values.size());
  if (const auto plan = plan_of(spec, Overflow::saturate)) {
    cast_kernels().decode(*plan, codes.data(), values.data(), codes.size());
    return;
  }
  for (std::size_t i = 0; i < codes.size(); ++i) values[i] = decode_one(spec, codes[i]);
}

void round_values(const Spec& spec, Overflow overflow, std::span<float> x) {
  if (const auto plan = plan_of(spec, overflow)) {
    cast_kernels().round(*plan, x.data(), x.size());
    return;
  }
  for (float& value : x)
    value = static_cast<float>(decode(spec, encode(spec, Rounding::nearest_even, overflow, value)));
}

Amax amax(std::span<const float> x) {
  std::uint32_t has_nan = 0;
  const std::uint32_t bits = measure_kernels().amax(x.data(), x.size(), &has_nan);
  return {std::bit_cast<float>(bits), has_nan != 0};
}

CastStatistics encode_with_statistics(const Spec& spec, Overflow overflow, std::span<const float> x, float scale,
                                      std::span<std::uint8_t> codes) {
  assert(spec.bits() <= 8 && codes.size() == x.size());
  const auto plan = plan_of(spec, overflow);
  const auto max = static_cast<float>(decode(spec, spec.max_code()));
  CastStatistics total;
  std::array<float, kBlock> values;
  for (std::size_t first = 0; first < x.size(); first += kBlock) {
    const std::size_t count = std::min(kBlock, x.size() - first);
    const float* block = x.data() + first;
    std::uint8_t* block_codes = codes.data() + first;
    if (plan) {
      cast_kernels().encode_and_decode(*plan, block, scale, block_codes, values.data(), count);
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        block_codes[i] = encode_one(spec, overflow, block[i] * scale);
        values[i] = decode_one(spec, block_codes[i]);
      }
    }
    const measure_kernel::BlockStatistics part = measure_kernels().measure(block, scale, values.data(), max, count);
    total += {count, part.zeros, part.underflow, part.overflow, part.nan, part.signal_energy, part.error_energy};
  }
  return total;
}

void exponent_histogram(std::span<const float> x, std::span<std::uint64_t, 256> counts) {
  // Equal exponents come in runs: several histograms, so that an increment need not wait for the one before it.
  std::array<std::array<std::uint64_t, 256>, 4> parts{};
  for (std::size_t i = 0; i < x.size(); ++i)
    ++parts[i % parts.size()][(std::bit_cast<std::uint32_t>(x[i]) >> 23) & 0xFFu];
  for (std::size_t e = 0; e < counts.size(); ++e)
    for (const auto& part : parts) counts[e] += part[e];
}

}  // namespace octavo::formats
