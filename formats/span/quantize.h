// The fast twin of encode and decode over spans: the same codes bit for bit, by vector instructions chosen at run time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "formats/rounding.h"
#include "formats/spec.h"

namespace octavo::formats {

// All functions here round to nearest even, run on the calling thread, expect the default floating-point environment
// (nearest even, no flushing of subnormals), and give the same bits on every instruction set. Spans of one call have
// equal lengths and do not overlap unless said; any length and alignment will do. `spec` must be valid().

/// codes[i] = encode(spec, nearest_even, overflow, x[i] * scale) for a format of at most 8 bits. The product is a
/// binary32 one, rounded (exact for a power of two unless it leaves the binary32 range); scale is finite.
void encode(const Spec& spec, Overflow overflow, std::span<const float> x, float scale, std::span<std::uint8_t> codes);

/// values[i] = decode(spec, codes[i]) for a format of at most 8 bits. Every NaN code gives the quiet NaN 0x7FC00000.
void decode(const Spec& spec, std::span<const std::uint8_t> codes, std::span<float> values);

/// x[i] becomes decode(spec, encode(spec, nearest_even, overflow, x[i])), for any valid format (fp16, bf16, ... too).
void round_values(const Spec& spec, Overflow overflow, std::span<float> x);

/// The largest |x|, and whether a NaN was among them: a NaN does not take part in the maximum, an infinity does.
/// An empty span gives 0. What to do about NaN or infinity is the scaling policy's decision.
struct MeasuredAmax {
  float value = 0;
  bool has_nan = false;

  constexpr bool operator==(const MeasuredAmax&) const = default;
  constexpr MeasuredAmax& operator+=(const MeasuredAmax& other) {
    value = other.value > value ? other.value : value;
    has_nan = has_nan || other.has_nan;
    return *this;
  }
};
MeasuredAmax amax(std::span<const float> x);

/// amaxes[i] += amax of elements length * i to length * (i + 1) - 1: as many runs as there are amaxes.
void add_amax_of_runs(std::span<const float> x, std::size_t length, std::span<MeasuredAmax> amaxes);

/// What a cast did to its tensor. Energies are in the domain of x (before the scale) and leave out elements with
/// infinite or NaN x; a finite x that became infinity or NaN has infinite error.
struct CastStatistics {
  std::uint64_t count = 0;      ///< elements
  std::uint64_t zeros = 0;      ///< x was 0
  std::uint64_t underflow = 0;  ///< x was not 0 and the code's value is 0
  std::uint64_t overflow =
      0;                     ///< x * scale rounds beyond the format's largest value (overflow_bound.h), or is infinite
  std::uint64_t nan = 0;     ///< x was NaN
  double signal_energy = 0;  ///< sum of x^2
  double error_energy = 0;   ///< sum of (x - decode(code) / scale)^2

  constexpr bool operator==(const CastStatistics&) const = default;
  /// Adds those of another part of the tensor. Sums of doubles depend on the order: add in ascending order of parts
  /// that do not depend on the number of threads.
  constexpr CastStatistics& operator+=(const CastStatistics& other) {
    count += other.count;
    zeros += other.zeros;
    underflow += other.underflow;
    overflow += other.overflow;
    nan += other.nan;
    signal_energy += other.signal_energy;
    error_energy += other.error_energy;
    return *this;
  }
};

/// encode and its statistics in one pass. `scale` is a power of two, so that division by it is exact in binary64.
/// The sums have a fixed order: 16 lanes (element i belongs to lane i mod 16) over each block of 4096 elements, a fixed
/// tree over the lanes, then the blocks in ascending order.
CastStatistics encode_with_statistics(const Spec& spec, Overflow overflow, std::span<const float> x, float scale,
                                      std::span<std::uint8_t> codes);

/// Adds to counts[e] the number of x whose biased binary32 exponent field is e: 0 holds zero and subnormals, 255
/// infinity and NaN, otherwise 2^(e - 127) <= |x| < 2^(e - 126).
void exponent_histogram(std::span<const float> x, std::span<std::uint64_t, 256> counts);

}  // namespace octavo::formats
