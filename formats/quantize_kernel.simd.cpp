// One lane of encode and decode as plain arithmetic without branches, and loops over it that the compiler vectorises.
#include "formats/quantize_kernel.h"

#include <cstring>

namespace octavo::formats::quantize_kernel {
namespace {

constexpr std::int32_t kInfinity = 0x7F800000;
constexpr std::int32_t kNan = 0x7FC00000;
constexpr std::int32_t kMagnitude = 0x7FFFFFFF;

// Not std::bit_cast: a function template of the library may not come out of this file.
inline std::int32_t bits_of(float value) {
  std::int32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}
inline float float_of(std::int32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// Normal results: round the bits at the last kept place; a carry out of the fraction moves the exponent. Subnormal
// ones: the sum with `magic` is rounded at the smallest value's place by the adder, so its low bits are the code.
inline std::int32_t code_of(const Plan& plan, float x) {
  const std::int32_t bits = bits_of(x);
  const std::int32_t magnitude = bits & kMagnitude;
  const std::int32_t above = magnitude - plan.origin;
  const std::int32_t normal = (above + plan.half - ((above & plan.odd_bit) == 0 ? 1 : 0)) >> plan.shift;
  const std::int32_t subnormal = bits_of(float_of(magnitude) + plan.magic) - bits_of(plan.magic);
  std::int32_t code = magnitude < plan.first_normal ? subnormal : normal;
  code = code < plan.limit ? code : plan.limit;
  code |= code > plan.unsigned_below ? (bits >> 31) & plan.sign_bit : 0;
  return magnitude > kInfinity ? plan.nan_result : code;
}

// Bits of the value of a code that has no bits above the format's.
inline std::int32_t value_bits_of(const Plan& plan, std::int32_t code) {
  const std::int32_t magnitude = code & plan.magnitude_mask;
  const std::int32_t normal = (magnitude << plan.shift) + plan.origin;
  const std::int32_t subnormal = bits_of(float_of(bits_of(plan.magic) + magnitude) - plan.magic);
  std::int32_t value = magnitude < plan.hidden ? subnormal : normal;
  value = magnitude == plan.infinity_code ? kInfinity : value;
  value |= static_cast<std::int32_t>(static_cast<std::uint32_t>(code & plan.sign_bit) << plan.sign_shift);
  return magnitude >= plan.nan_from || code == plan.nan_code ? kNan : value;
}

void encode(const Plan& shared_plan, const float* x, float scale, std::uint8_t* codes, std::size_t count) {
  const Plan plan = shared_plan;  // a local: the stores of codes cannot change it
  for (std::size_t i = 0; i < count; ++i) codes[i] = static_cast<std::uint8_t>(code_of(plan, x[i] * scale));
}

void decode(const Plan& shared_plan, const std::uint8_t* codes, float* values, std::size_t count) {
  const Plan plan = shared_plan;
  for (std::size_t i = 0; i < count; ++i) values[i] = float_of(value_bits_of(plan, codes[i] & plan.code_mask));
}

void round(const Plan& shared_plan, float* x, std::size_t count) {
  const Plan plan = shared_plan;
  for (std::size_t i = 0; i < count; ++i) x[i] = float_of(value_bits_of(plan, code_of(plan, x[i])));
}

void encode_and_decode(const Plan& shared_plan, const float* x, float scale, std::uint8_t* codes, float* values,
                       std::size_t count) {
  const Plan plan = shared_plan;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t code = code_of(plan, x[i] * scale);
    codes[i] = static_cast<std::uint8_t>(code);
    values[i] = float_of(value_bits_of(plan, code));
  }
}

std::uint32_t amax(const float* x, std::size_t count, std::uint32_t* has_nan) {
  std::int32_t largest = 0;
  std::int32_t nan = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t magnitude = bits_of(x[i]) & kMagnitude;
    const std::int32_t number = magnitude > kInfinity ? 0 : magnitude;
    largest = number > largest ? number : largest;
    nan |= magnitude > kInfinity ? 1 : 0;
  }
  *has_nan = static_cast<std::uint32_t>(nan);
  return static_cast<std::uint32_t>(largest);
}

constexpr std::size_t kLanes = 16;

// Lane l takes elements l, l + 16, ...; the tree adds lanes 8 apart, then 4, 2, 1.
double sum_of_lanes(double* lanes) {
  for (std::size_t width = kLanes / 2; width > 0; width /= 2)
    for (std::size_t lane = 0; lane < width; ++lane) lanes[lane] += lanes[lane + width];
  return lanes[0];
}

BlockStatistics measure(const float* x, float scale, const float* values, float max, std::size_t count) {
  const std::int32_t max_bits = bits_of(max);
  std::uint32_t zeros = 0;
  std::uint32_t underflow = 0;
  std::uint32_t overflow = 0;
  std::uint32_t nan = 0;
  alignas(64) float signals[block_size];
  alignas(64) float results[block_size];
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t magnitude = bits_of(x[i]) & kMagnitude;
    const std::int32_t scaled = bits_of(x[i] * scale) & kMagnitude;
    const std::int32_t value = bits_of(values[i]) & kMagnitude;
    zeros += magnitude == 0 ? 1u : 0u;
    underflow += magnitude != 0 && value == 0 ? 1u : 0u;
    overflow += scaled > max_bits && scaled <= kInfinity ? 1u : 0u;
    nan += magnitude > kInfinity ? 1u : 0u;
    const float result = value < kInfinity ? values[i] : float_of(kInfinity);
    signals[i] = magnitude < kInfinity ? x[i] : 0.0F;
    results[i] = magnitude < kInfinity ? result : 0.0F;
  }
  const std::size_t padded = (count + kLanes - 1) / kLanes * kLanes;
  for (std::size_t i = count; i < padded; ++i) signals[i] = results[i] = 0.0F;

  const double unscale = 1.0 / static_cast<double>(scale);
  double signal_lanes[kLanes] = {};
  double error_lanes[kLanes] = {};
  for (std::size_t i = 0; i < padded; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const double signal = signals[i + lane];
      const double error = signal - results[i + lane] * unscale;
      signal_lanes[lane] += signal * signal;
      error_lanes[lane] += error * error;
    }
  }
  return {zeros, underflow, overflow, nan, sum_of_lanes(signal_lanes), sum_of_lanes(error_lanes)};
}

}  // namespace

namespace OCTAVO_ISA {
const Kernels kernels = {encode, decode, round, encode_and_decode, measure, amax};
}

}  // namespace octavo::formats::quantize_kernel
