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

// A NaN may carry beyond the sign; its result is not used.
inline std::int32_t wrapping_sum(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}

// Normal results: round the bits at the last kept place; a carry out of the fraction moves the exponent. Subnormal
// ones: the sum with `magic` is rounded at the smallest value's place by the adder, so its low bits are the code.
inline std::int32_t code_of(const Plan& plan, float x) {
  const std::int32_t bits = bits_of(x);
  const std::int32_t magnitude = bits & kMagnitude;
  const std::int32_t above = magnitude - plan.origin;
  const std::int32_t up = (above & plan.odd_bit) == 0 ? plan.half - 1 : plan.half;
  const std::int32_t normal = wrapping_sum(above, up) >> plan.shift;
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

// The loop body is long enough for the processor to have too few loads in flight; asking early for what comes saves a
// quarter of the time on tensors beyond the caches.
constexpr std::size_t kStretch = 256;
constexpr std::size_t kAhead = 1024;

void encode(const Plan& shared_plan, const float* x, float scale, std::uint8_t* codes, std::size_t count) {
  const Plan plan = shared_plan;  // a local: the stores of codes cannot change it
  for (std::size_t first = 0; first < count; first += kStretch) {
    const std::size_t end = count - first < kStretch ? count : first + kStretch;
    for (std::size_t i = first + kAhead; i < end + kAhead && i < count; i += 16) __builtin_prefetch(x + i);
    for (std::size_t i = first; i < end; ++i) codes[i] = static_cast<std::uint8_t>(code_of(plan, x[i] * scale));
  }
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

}  // namespace

namespace OCTAVO_ISA {
const Kernels kernels = {encode, decode, round, encode_and_decode};
}

}  // namespace octavo::formats::quantize_kernel
