// What quantize.cpp and its vector kernels share: the numbers that a format gives to the one kernel, and its entry
// points.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo::formats::quantize_kernel {

/// A format and an overflow mode as integers and a float that the lanes compute with. Bits are those of binary32.
struct Plan {
  std::int32_t shift;         ///< fraction bits that binary32 has and the format has not: 23 - M
  std::int32_t odd_bit;       ///< 1 << shift, the last kept bit
  std::int32_t half;          ///< 1 << (shift - 1), half of it
  std::int32_t origin;        ///< bits of the value whose code would be 0 if there were no subnormals
  std::int32_t first_normal;  ///< bits of the smallest normal value
  std::int32_t hidden;        ///< its code, 1 << M
  float magic;                ///< 2^(min_quantum + 23): its last place is the format's smallest value
  std::int32_t limit;         ///< largest magnitude code that a number may get: max_code, or the special one above it
  std::int32_t code_mask;
  std::int32_t magnitude_mask;
  std::int32_t sign_bit;        ///< 0 in a format without sign
  std::int32_t sign_shift;      ///< from the format's sign to that of binary32
  std::int32_t unsigned_below;  ///< magnitude codes up to this one have no sign: 0 where zero is unsigned, else -1
  std::int32_t nan_result;      ///< the code that NaN gets
  std::int32_t infinity_code;   ///< magnitude code of infinity, or -1
  std::int32_t nan_from;        ///< magnitude codes from here on are NaN
  std::int32_t nan_code;        ///< a code that is NaN whatever its magnitude says, or -1
  bool by_adder;                ///< see Kernels::encode
  bool by_halves;               ///< at most three mantissa bits, and all values normal in binary32
};

/// What the elements of x are: binary32, or codes of fp16 or bf16.
enum class Source : std::uint8_t { fp32, fp16, bf16 };

struct Kernels {
  /// Plans `by_adder` take a shorter way where there is one: the adder rounds normal values as well, which asks for
  /// M >= 1, for sums within binary32, and for -0 not to be the code above the largest.
  void (*encode)(const Plan&, Source, const void* x, float scale, std::uint8_t* codes, std::size_t count);
  /// Values of fp16 or bf16 as binary32, exact; NaN stays NaN.
  void (*widen)(Source, const void* x, float* values, std::size_t count);
  /// values[run * length + i] from codes[run * stride + i], for all runs and i < length.
  void (*decode)(const Plan&, const std::uint8_t* codes, std::size_t stride, std::size_t runs, std::size_t length,
                 float* values);
  /// The values of the codes, without codes: plans `by_adder` and those with the exponents of binary32 a shorter way.
  void (*round)(const Plan&, float* x, std::size_t count);
};

namespace scalar {
extern const Kernels kernels;
}
namespace avx2 {
extern const Kernels kernels;
}
namespace avx512 {
extern const Kernels kernels;
}

}  // namespace octavo::formats::quantize_kernel
