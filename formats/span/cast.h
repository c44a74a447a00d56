// Casts of whole tensors under any format, rounding and overflow, from binary32, fp16 or bf16, by any number of
// threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "formats/convention.h"
#include "formats/random.h"
#include "formats/span/quantize.h"
#include "formats/span/values.h"

namespace octavo::formats {

/// What a cast does to each element: code = encode(format, rounding, overflow, x * scale, random bits of the element).
struct ElementCast {
  Spec format = e4m3;  ///< valid(), at most 8 bits where codes are bytes
  Rounding rounding = Rounding::nearest_even;
  Overflow overflow = Overflow::saturate;
  float scale =
      1;  ///< finite; the product is a binary32 one, rounded: exact for a power of two unless it leaves the range
  // For stochastic rounding alone. Element i of the call has the bits random.word(first_element + i) >> (32 -
  // random_bits).
  RandomStream random = {};
  int random_bits = 24;  ///< 1 to 24: of E4M3's normal values, which cut off 20 bits of binary32, the mean is exact
  std::uint64_t first_element = 0;
};

// All functions expect the default floating-point environment and give the same bits on every instruction set and for
// any number of threads. Spans of one call have equal lengths and do not overlap; any length (0 too) and alignment will
// do. NaN and infinite elements are cast as encode() says.

void encode(const ElementCast& cast, Values x, std::span<std::uint8_t> codes, int threads = 1);

/// values[i] = the value of the code of x[i] (not divided by the scale), for formats of any width.
void quantize(const ElementCast& cast, Values x, std::span<float> values, int threads = 1);

/// As amax() of quantize.h.
MeasuredAmax amax(Values x, int threads);

/// encode and its statistics in one pass over memory. `cast.scale` is a power of two. Sums have the order that
/// quantize.h states.
CastStatistics encode_with_statistics(const ElementCast& cast, Values x, std::span<std::uint8_t> codes,
                                      int threads = 1);

/// The codes that other software gives, for a format of at most 8 bits: see convention.h.
void encode(const Spec& format, const Convention& convention, std::span<const float> x, std::span<std::uint8_t> codes);

}  // namespace octavo::formats
