// Entry points of the vector kernels for every rounding: codes as integers, and the random words of stochastic
// rounding.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo::formats::rounding_kernel {

/// A format and an overflow mode for one rounding, as integers. Not for formats with normal values below those of
/// binary32, except one binade of a format without zero.
struct Plan {
  bool has_zero;
  std::int32_t exponent_bits;
  std::int32_t mantissa_bits;
  std::int32_t shift;           ///< fraction bits that binary32 has and the format has not
  std::int32_t first_field;     ///< binary32's exponent field of the smallest normal value, >= 1
  std::int32_t origin;          ///< bits of the value whose code is 0 or would be if there were no subnormals
  float first_normal;           ///< the smallest normal value
  float to_fixed[2];            ///< times both, a subnormal value has its last place at 2^24
  std::int32_t limit_positive;  ///< largest magnitude code that a finite number may get, by sign
  std::int32_t limit_negative;
  std::int32_t infinity;         ///< magnitude code that an infinite number gets
  std::int32_t nan_result;       ///< the code that NaN gets
  std::int32_t signs;            ///< -1, or 0 in a format without sign
  std::int32_t sign_bit;         ///< set in negative codes; 0 where they are two's complement or there is no sign
  std::int32_t sign_shift;       ///< from binary32's sign to that of the format
  std::int32_t unsigned_below;   ///< magnitude codes up to this one have no sign: 0 where zero is unsigned, else -1
  std::int32_t twos_complement;  ///< -1 if negative codes are two's complement, else 0
  std::int32_t code_mask;
  std::uint32_t random_mask;  ///< which bits of a random word take part, from the top; at most 24
};

constexpr std::size_t kRoundings = 7;
constexpr std::size_t kGroup = 64;  ///< words that share their counters, see RandomStream::word

struct Kernels {
  /// By Rounding: codes of at most 8 bits, and of any width. `words` are looked at by stochastic rounding only.
  void (*to_bytes[kRoundings])(const Plan&, const float* x, float scale, const std::uint32_t* words,
                               std::uint8_t* codes, std::size_t count);
  void (*encode[kRoundings])(const Plan&, const float* x, float scale, const std::uint32_t* words, std::int32_t* codes,
                             std::size_t count);
  /// The words of `groups` groups from the one that starts at element 64 first_group.
  void (*random_words)(std::uint64_t seed, std::uint32_t tensor, std::uint32_t step, std::uint64_t first_group,
                       std::size_t groups, std::uint32_t* words);
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

}  // namespace octavo::formats::rounding_kernel
