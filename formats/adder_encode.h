// Encoding to nearest even by the processor's adder, four registers of floats at a time: a part of
// quantize_kernel.simd.cpp for AVX2 and AVX-512, included by nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "formats/float_lanes.h"
#include "formats/quantize_kernel.h"

namespace octavo::formats::quantize_kernel {
namespace {

template <Source source>
inline Floats load_values(const void* x, std::size_t i) {
  if (source == Source::fp32) return load(static_cast<const float*>(x) + i);
  const std::uint16_t* codes = static_cast<const std::uint16_t*>(x) + i;
  return source == Source::fp16 ? load_fp16(codes) : load_bf16(codes);
}

constexpr std::size_t element_size(Source source) { return source == Source::fp32 ? 4 : 2; }

/// The constants, a register each.
struct Registers {
  Floats scale, clamp;
  Ints first_normal, exponent, magic, shift;
  CodeBits code;

  Registers(const Plan& plan, float scale_value)
      : scale(all(scale_value)),
        clamp(all(plan.clamp)),
        first_normal(all(plan.first_normal)),
        exponent(all(std::int32_t{0x7F800000})),
        magic(bits_of(all(plan.magic))),
        shift(all(plan.shift)),
        code(plan.magnitude_mask, plan.sign_bit, plan.sign_shift) {}
};

/// Makes the plan's numbers those of x where they were those of x * scale, so that nothing need be multiplied; false,
/// and nothing done, unless scale is a power of two and the numbers stay normal. Where the product would not have been
/// exact, its code is 0 either way.
inline bool take_in_scale(Plan* plan, float scale) {
  constexpr std::int32_t kOne = 0x3F800000;
  constexpr std::int32_t kHighest = 254 << 23;
  std::int32_t step, magic, clamp;
  std::memcpy(&step, &scale, sizeof step);
  std::memcpy(&magic, &plan->magic, sizeof magic);
  std::memcpy(&clamp, &plan->clamp, sizeof clamp);
  if (step <= 0 || step % (1 << 23) != 0 || step > kHighest || magic < 25 << 23) return false;
  step -= kOne;
  const auto in_range = [&](std::int64_t bits) { return bits - step >= 1 << 23 && bits - step <= kHighest; };
  const std::int64_t largest_sum = std::int64_t{clamp} + (std::int64_t{plan->shift + 1} << 23);
  if (!in_range(plan->first_normal) || !in_range(magic) || !in_range(clamp) || !in_range(largest_sum)) return false;
  plan->first_normal -= step;
  magic -= step;
  clamp -= step;
  std::memcpy(&plan->magic, &magic, sizeof magic);
  std::memcpy(&plan->clamp, &clamp, sizeof clamp);
  return true;
}

// With magic = 2^(e + 23 - M), e the exponent of |x| or that of the smallest normal value, |x| + magic has the last
// place 2^(e - M): the adder rounds, and the low bits are the mantissa with its hidden bit. The exponent's part of the
// code rides in the low bits of magic, which are even. What comes of NaN means nothing.
inline Ints rounded(const Registers& r, Floats x) {
  const Floats clamped = smaller(without_sign(x), r.clamp);
  // Words, so that a difference below 0 becomes 0 by itself: first_normal has no bits in its lower word.
  const Ints above = both(difference_or_0_of_words(bits_of(clamped), r.first_normal), r.exponent);
  const Ints magic = sum(sum(above, shifted_down(above, r.shift)), r.magic);
  return bits_of(sum(clamped, floats_of(magic)));
}

/// Encodes a multiple of kAtOnce elements; true if none was NaN, else (or if there were numbers near binary32's
/// largest) some codes may be wrong.
template <Source source, bool one_zero, bool scaled>
bool encode_numbers(const Registers& r, const void* x, std::uint8_t* codes, std::size_t count) {
  // A sum of products of neighbours, NaN from the first NaN on; it begins at 1 and not 0, or small numbers would make
  // it subnormal, which some processors are slow at.
  Floats products = all(1.0F);
  const auto words = [&](std::size_t i) {
    Floats low = load_values<source>(x, i);
    Floats high = load_values<source>(x, i + kFloats);
    if (scaled) low = product(low, r.scale);
    if (scaled) high = product(high, r.scale);
    products = product_plus(low, high, products);
    return words_of(r.code, rounded(r, low), low, rounded(r, high), high);
  };
  for (std::size_t i = 0; i < count; i += kAtOnce) {
    fetch_ahead(static_cast<const char*>(x) + i * element_size(source), kAtOnce * element_size(source));
    const Words low = words(i);
    const Words high = words(i + 2 * kFloats);
    const Ints bytes = bytes_of(r.code, low, high);
    store(codes + i, one_zero ? with_one_zero(bytes, r.code.sign_bits) : bytes);
  }
  return !any_nan(products);
}

}  // namespace
}  // namespace octavo::formats::quantize_kernel
