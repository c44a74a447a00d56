// Stochastic rounding to bytes, four registers of floats at a time: a part of rounding_kernel.simd.cpp for AVX2 and
// AVX-512, included by nothing else.
#pragma once

#include <cstddef>
#include <cstdint>

#include "formats/span/kernels/float_lanes.h"
#include "formats/span/kernels/rounding_kernel.h"

namespace octavo::formats::rounding_kernel {
namespace {

/// The constants, a register each.
struct Registers {
  Floats scale, to_fixed;
  Ints random_mask, to_random, to_random_of_normal, fixed_bits, shift, origin, first_normal;
  CodeBits code;

  Registers(const Plan& plan, float scale_value)
      : scale(all(scale_value)),
        to_fixed(all(plan.to_fixed[0] * plan.to_fixed[1])),
        random_mask(all(static_cast<std::int32_t>(plan.random_mask))),
        to_random(all(std::int32_t{8})),
        to_random_of_normal(all(32 - plan.shift)),
        fixed_bits(all(std::int32_t{24})),
        shift(all(plan.shift)),
        origin(all(plan.origin >> plan.shift)),
        first_normal(all(plan.origin + (1 << 23))),
        code(plan.limit_positive, plan.sign_bit) {}
};

/// True if Registers can hold the plan's numbers, and the codes are bytes of sign and magnitude: not where NaN, which
/// finite values may get, is the code of -0.
inline bool fits_lanes(const Plan& plan) {
  return plan.has_zero && plan.mantissa_bits <= 6 && plan.code_mask <= 0xFF && plan.twos_complement == 0 &&
         plan.to_fixed[0] <= 0x1p96F && plan.limit_positive < plan.sign_bit;
}

// integer_of<stochastic> of rounding_kernel.simd.cpp, once for normal and once for subnormal results; bytes_of
// puts in the limit.
inline Ints rounded(const Registers& r, Floats x, Ints word) {
  const Floats magnitude = without_sign(x);
  const Ints random = both(word, r.random_mask);
  const Ints normal =
      difference(shifted_down(sum(bits_of(magnitude), shifted_down(random, r.to_random_of_normal)), r.shift), r.origin);
  const Ints fixed = truncated(product(magnitude, r.to_fixed));
  const Ints subnormal = shifted_down(sum(fixed, shifted_down(random, r.to_random)), r.fixed_bits);
  return where_less(bits_of(magnitude), r.first_normal, subnormal, normal);
}

/// Encodes a multiple of kAtOnce elements; true if none was NaN, else some codes may be wrong.
template <bool one_zero>
bool encode_numbers(const Registers& r, const float* x, const std::uint32_t* random, std::uint8_t* codes,
                    std::size_t count) {
  Floats products = all(1.0F);  // NaN from the first NaN on
  struct Words {
    Ints magnitudes, signs;
  };
  const auto words = [&](std::size_t i) -> Words {
    const Floats low = product(load(x + i), r.scale);
    const Floats high = product(load(x + i + kFloats), r.scale);
    products = product_plus(low, high, products);
    return {saturated_unsigned_words(rounded(r, low, load(random + i)), rounded(r, high, load(random + i + kFloats))),
            saturated_words(bits_of(low), bits_of(high))};
  };
  for (std::size_t i = 0; i < count; i += kAtOnce) {
    fetch_ahead(x + i, kAtOnce * sizeof(float));
    const Words low = words(i);
    const Words high = words(i + 2 * kFloats);
    const Ints bytes = bytes_of(r.code, saturated_unsigned_bytes(low.magnitudes, high.magnitudes),
                                saturated_bytes(low.signs, high.signs));
    store(codes + i, one_zero ? with_one_zero(bytes, r.code.sign_bits) : bytes);
  }
  return !any_nan(products);
}

}  // namespace
}  // namespace octavo::formats::rounding_kernel
