// Encoding to nearest even by the processor's adder, four registers of floats at a time: a part of
// quantize_kernel.simd.cpp for AVX2 and AVX-512, included by nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "formats/span/kernels/float_lanes.h"
#include "formats/span/kernels/quantize_kernel.h"

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
  Floats scale, factor;
  Ints first_normal, exponent, weights;
  CodeBits code;

  Registers(const Plan& plan, float scale_value)
      : scale(all(scale_value)),
        first_normal(all(plan.first_normal)),
        exponent(all(std::int32_t{0x7F800000})),
        code(plan.limit, plan.sign_bit) {
    const std::int32_t mantissa_bits = 23 - plan.shift;
    const std::int32_t first_code = ((plan.first_normal >> 23) + plan.shift) << mantissa_bits;
    factor = floats_of(all(((127 + plan.shift) << 23) | (0x10000 - first_code)));
    weights = all((2 << (16 + mantissa_bits)) | 256);
  }
};

/// True if sums of the numbers up to the plan's limit and what rounds them are finite.
inline bool sums_are_finite(const Plan& plan) {
  return (plan.first_normal >> 23) + (plan.limit >> (23 - plan.shift)) + plan.shift < 255;
}

/// Makes the plan's first normal value that of x where it was that of x * scale, so that nothing need be multiplied;
/// false, and nothing done, unless scale is a power of two and the numbers stay normal. Where the product would not
/// have been exact, its code is 0 either way.
inline bool take_in_scale(Plan* plan, float scale) {
  constexpr std::int32_t kOne = 0x3F800000;
  constexpr std::int32_t kInfinity = 0x7F800000;
  std::int32_t bits;
  std::memcpy(&bits, &scale, sizeof bits);
  if (bits <= 0 || bits % (1 << 23) != 0 || bits == kInfinity) return false;
  const bool smallest_is_normal = (plan->first_normal >> 23) - (23 - plan->shift) > 1;
  const std::int64_t first_normal = std::int64_t{plan->first_normal} - (bits - kOne);
  if (!smallest_is_normal || first_normal < 1 << 23 || first_normal >= kInfinity) return false;
  Plan of_x = *plan;
  of_x.first_normal = static_cast<std::int32_t>(first_normal);
  if (!sums_are_finite(of_x)) return false;
  *plan = of_x;
  return true;
}

// With e the exponent of |x|, or that of the smallest normal value, |x| + 2^(e + 23 - M) has the last place 2^(e - M):
// the adder rounds, and the low bits are the mantissa with its hidden bit. NaN where x is.
inline Floats rounded(const Registers& r, Floats x) {
  const Ints power = larger_words(both(bits_of(x), r.exponent), r.first_normal);  // neither has bits in its lower word
  return product_plus(floats_of(power), r.factor, without_sign(x));
}

// The exponent field of such a sum counts binades, 2^M codes each. The weights put it in units of 1/256 of a code
// beside the low bits, to which the factor, a little above 2^(23 - M), has added what makes the smallest normal value's
// code right: an even number, so that ties stay ties. Codes go on beyond the format's; of NaN comes anything.
inline Ints words_of(const Registers& r, Floats low, Floats high) {
  return high_bytes(saturated_unsigned_words(sum_of_word_products(bits_of(low), r.weights),
                                             sum_of_word_products(bits_of(high), r.weights)));
}

/// kAtOnce elements on their way: rounded, and bytes with their signs.
struct Halfway {
  Floats sum[4];
  Ints signs;
};

template <Source source, bool scaled>
inline Halfway begun(const Registers& r, const void* x, std::size_t i) {
  fetch_ahead(static_cast<const char*>(x) + i * element_size(source), kAtOnce * element_size(source));
  Halfway half;
  Ints signs[2];
  for (std::size_t pair = 0; pair < 2; ++pair) {
    Floats low = load_values<source>(x, i + 2 * pair * kFloats);
    Floats high = load_values<source>(x, i + (2 * pair + 1) * kFloats);
    if (scaled) low = product(low, r.scale);
    if (scaled) high = product(high, r.scale);
    half.sum[2 * pair] = rounded(r, low);
    half.sum[2 * pair + 1] = rounded(r, high);
    signs[pair] = saturated_words(bits_of(low), bits_of(high));
  }
  half.signs = saturated_bytes(signs[0], signs[1]);
  return half;
}

/// Encodes a multiple of kAtOnce elements; true if none was NaN, else some codes may be wrong.
template <Source source, bool one_zero, bool scaled>
bool encode_numbers(const Registers& shared, const void* x, std::uint8_t* codes, std::size_t count) {
  const Registers r = shared;  // a local: the stores of codes cannot change it
  // A sum of products of neighbours, NaN from the first NaN on.
  Floats products = all(1.0F);
  // The next elements are begun in the middle of finishing these: from a load to its store is a chain of some thirty
  // cycles, longer than a processor that shares its core looks ahead.
  const auto finish = [&](const Halfway& half, std::size_t i, auto begin_next) {
    products = product_plus(half.sum[0], half.sum[1], products);
    products = product_plus(half.sum[2], half.sum[3], products);
    const Ints magnitudes =
        saturated_unsigned_bytes(words_of(r, half.sum[0], half.sum[1]), words_of(r, half.sum[2], half.sum[3]));
    const Ints signs = half.signs;
    begin_next();
    const Ints bytes = bytes_of(r.code, magnitudes, signs);
    store(codes + i, one_zero ? with_one_zero(bytes, r.code.sign_bits) : bytes);
  };
  if (count == 0) return true;
  Halfway half = begun<source, scaled>(r, x, 0);
  std::size_t i = 0;
  for (; i + kAtOnce < count; i += kAtOnce) finish(half, i, [&] { half = begun<source, scaled>(r, x, i + kAtOnce); });
  finish(half, i, [] {});
  return !any_nan(products);
}

}  // namespace
}  // namespace octavo::formats::quantize_kernel
