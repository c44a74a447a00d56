// Third of a cast's three steps: codes under scales that are chosen.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "formats/random.h"
#include "formats/span/encoder.h"
#include "scaling/cast_rule.h"
#include "scaling/matrix.h"

namespace octavo::scaling {

/// codes[i] = encode(format, rounding, overflow, x[i] * factor of its block), the product in binary32; element i draws
/// the random bits of place i in the tensor. The same for any number of threads and instruction set.
void encode(const Matrix& x, const Cast& rule, std::span<const Scale> scales, const formats::RandomStream& random,
            std::span<std::uint8_t> codes);

/// What a cast did to the elements.
struct Measured {
  formats::CastStatistics statistics;
  std::array<std::uint64_t, 256> exponents{};  ///< elements by biased binary32 exponent, before scaling
};

/// Of the codes that encode gave. Sums of doubles: one scale a tensor, by pieces of 2^15 elements; else by block, and
/// those of 64 blocks together; ascending.
Measured measure(const Matrix& x, const Cast& rule, std::span<const Scale> scales, std::span<const std::uint8_t> codes);

/// encode for the rows [first, last), on the calling thread. `scales` and `codes` are the whole tensor's.
void encode_rows(const Matrix& x, const formats::Encoder& encoder, std::span<const Scale> scales, std::int64_t first,
                 std::int64_t last, std::span<std::uint8_t> codes);

}  // namespace octavo::scaling
