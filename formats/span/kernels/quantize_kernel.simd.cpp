// One lane of encode and decode as plain arithmetic without branches, and loops over it that the compiler vectorises.
#include "formats/span/kernels/quantize_kernel.h"

#include <cstring>

#if defined(OCTAVO_ISA_avx512) || defined(OCTAVO_ISA_avx2)
#define OCTAVO_HAS_FLOAT_LANES 1
#include "formats/span/kernels/adder_encode.h"
#endif
#if defined(OCTAVO_ISA_avx2)
#include "formats/span/kernels/halves_decode.h"
#endif

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

// fp16: the exponent field moves up by 2^112, subnormals included; all ones means all ones.
inline float fp16_value(std::uint16_t code) {
  const std::int32_t magnitude = (code & 0x7FFF) << 13;
  std::int32_t bits = bits_of(float_of(magnitude) * 0x1p112F);
  bits |= magnitude >= 0x0F800000 ? kInfinity : 0;
  return float_of(bits | static_cast<std::int32_t>(static_cast<std::uint32_t>(code & 0x8000) << 16));
}
inline float bf16_value(std::uint16_t code) {
  return float_of(static_cast<std::int32_t>(static_cast<std::uint32_t>(code) << 16));
}

// kSource is what the vector kernels ask; the scalar ones have no use for it.
struct Fp32 {
  [[maybe_unused]] static constexpr Source kSource = Source::fp32;
  using Element = float;
  static inline float value(float x) { return x; }
};
struct Fp16 {
  [[maybe_unused]] static constexpr Source kSource = Source::fp16;
  using Element = std::uint16_t;
  static inline float value(std::uint16_t code) { return fp16_value(code); }
};
struct Bf16 {
  [[maybe_unused]] static constexpr Source kSource = Source::bf16;
  using Element = std::uint16_t;
  static inline float value(std::uint16_t code) { return bf16_value(code); }
};

// The loop body is long enough for the processor to have too few loads in flight; asking early for what comes saves a
// quarter of the time on tensors beyond the caches.
constexpr std::size_t kStretch = 1024;
constexpr std::size_t kAhead = 4096;  // bytes

template <class In>
void encode_lanes(const Plan& shared_plan, const typename In::Element* x, float scale, std::uint8_t* codes,
                  std::size_t count) {
  const Plan plan = shared_plan;  // a local: the stores of codes cannot change it
  constexpr std::size_t kElementsAhead = kAhead / sizeof(typename In::Element);
  for (std::size_t first = 0; first < count; first += kStretch) {
    const std::size_t end = count - first < kStretch ? count : first + kStretch;
    for (std::size_t i = first + kElementsAhead; i < end + kElementsAhead && i < count; i += 16)
      __builtin_prefetch(x + i);
    for (std::size_t i = first; i < end; ++i)
      codes[i] = static_cast<std::uint8_t>(code_of(plan, In::value(x[i]) * scale));
  }
}

#ifdef OCTAVO_HAS_FLOAT_LANES

template <class In, bool one_zero>
void encode_by_adder(const Plan& plan, const typename In::Element* x, float scale, std::uint8_t* codes,
                     std::size_t count) {
  Plan of_x = plan;
  const bool scaled = !take_in_scale(&of_x, scale);
  const auto numbers =
      scaled ? encode_numbers<In::kSource, one_zero, true> : encode_numbers<In::kSource, one_zero, false>;
  const Registers r(of_x, scale);
  const std::size_t whole = count - count % kAtOnce;
  for (std::size_t i = 0; i < whole; i += kStretch) {
    const std::size_t size = whole - i < kStretch ? whole - i : kStretch;
    if (!numbers(r, x + i, codes + i, size)) encode_lanes<In>(plan, x + i, scale, codes + i, size);
  }
  encode_lanes<In>(plan, x + whole, scale, codes + whole, count - whole);
}

#endif

template <class In>
void encode_from(const Plan& plan, const void* x, float scale, std::uint8_t* codes, std::size_t count) {
  const auto* elements = static_cast<const typename In::Element*>(x);
#ifdef OCTAVO_HAS_FLOAT_LANES
  if (plan.by_adder) {
    if (plan.unsigned_below == 0) return encode_by_adder<In, true>(plan, elements, scale, codes, count);
    return encode_by_adder<In, false>(plan, elements, scale, codes, count);
  }
#endif
  encode_lanes<In>(plan, elements, scale, codes, count);
}

void encode(const Plan& plan, Source source, const void* x, float scale, std::uint8_t* codes, std::size_t count) {
  switch (source) {
    case Source::fp32:
      return encode_from<Fp32>(plan, x, scale, codes, count);
    case Source::fp16:
      return encode_from<Fp16>(plan, x, scale, codes, count);
    case Source::bf16:
      return encode_from<Bf16>(plan, x, scale, codes, count);
  }
}

void widen(Source source, const void* x, float* values, std::size_t count) {
  const auto* codes = static_cast<const std::uint16_t*>(x);
  if (source == Source::fp16)
    for (std::size_t i = 0; i < count; ++i) values[i] = fp16_value(codes[i]);
  else
    for (std::size_t i = 0; i < count; ++i) values[i] = bf16_value(codes[i]);
}

void decode_lanes(const Plan& plan, const std::uint8_t* codes, float* values, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) values[i] = float_of(value_bits_of(plan, codes[i] & plan.code_mask));
}

#ifdef OCTAVO_ISA_avx2

void decode_by_halves(const Plan& plan, const std::uint8_t* codes, std::size_t stride, std::size_t runs,
                      std::size_t length, float* values) {
  std::int32_t small[8];
  for (std::int32_t code = 0; code < 8; ++code) small[code] = value_bits_of(plan, code);
  const HalvesDecoder decode_halves(plan, small);
  for (std::size_t run = 0; run < runs; ++run) {
    const std::uint8_t* from = codes + run * stride;
    float* to = values + run * length;
    std::size_t i = 0;
    for (; i + kHalves <= length; i += kHalves)
      if (!decode_halves(from + i, to + i)) decode_lanes(plan, from + i, to + i, kHalves);
    decode_lanes(plan, from + i, to + i, length - i);
  }
}

#endif

void decode(const Plan& shared_plan, const std::uint8_t* codes, std::size_t stride, std::size_t runs,
            std::size_t length, float* values) {
  const Plan plan = shared_plan;  // a local: the stores of values cannot change it
#ifdef OCTAVO_ISA_avx2
  if (plan.by_halves) return decode_by_halves(plan, codes, stride, runs, length, values);
#endif
  for (std::size_t run = 0; run < runs; ++run) decode_lanes(plan, codes + run * stride, values + run * length, length);
}

/// The values of a format by their bits in binary32: what rounding without codes asks.
struct Grid {
  std::int32_t first_normal, above;  ///< powers of two: the smallest normal value's, and the one beyond the largest's
  std::int32_t to_last_place;        ///< from the power of a value to one whose last place in binary32 is the value's
  std::int32_t largest;              ///< finite
  std::int32_t overflow, nan;        ///< what becomes of larger numbers, and of NaN
  std::int32_t sign, overflow_sign;  ///< masks; NaN has no sign
  std::int32_t unsigned_below;       ///< values up to this one have none either

  explicit Grid(const Plan& plan) {
    overflow = value_bits_of(plan, plan.limit);
    largest = overflow < kInfinity ? overflow : value_bits_of(plan, plan.limit - 1);
    first_normal = plan.first_normal;
    above = (largest & kInfinity) + (1 << 23);
    to_last_place = plan.shift << 23;
    nan = value_bits_of(plan, plan.nan_result);
    sign = plan.sign_bit != 0 ? ~kMagnitude : 0;
    overflow_sign = overflow <= kInfinity ? sign : 0;
    unsigned_below = plan.unsigned_below;
  }
};

// The result from |x| rounded to the grid's places.
inline std::int32_t within_range(const Grid& grid, std::int32_t bits, std::int32_t value) {
  const std::int32_t number = value | (value > grid.unsigned_below ? bits & grid.sign : 0);
  const std::int32_t result = value > grid.largest ? grid.overflow | (bits & grid.overflow_sign) : number;
  return (bits & kMagnitude) > kInfinity ? grid.nan : result;
}

// As in adder_encode.h: |x| + 2^(e + 23 - M) is rounded at the last place of the format's values near x.
inline std::int32_t rounded_by_adder(const Grid& grid, float x) {
  const std::int32_t bits = bits_of(x);
  const std::int32_t magnitude = bits & kMagnitude;
  std::int32_t power = magnitude & kInfinity;
  power = power > grid.first_normal ? power : grid.first_normal;
  power = power < grid.above ? power : grid.above;
  const float added = float_of(power + grid.to_last_place);
  return within_range(grid, bits, bits_of(float_of(magnitude) + added - added));
}

// A format with the exponents of binary32 has its places in the same bits everywhere.
inline std::int32_t rounded_by_bits(const Grid& grid, const Plan& plan, float x) {
  const std::int32_t bits = bits_of(x);
  const std::int32_t magnitude = bits & kMagnitude;
  const std::int32_t up = (magnitude & plan.odd_bit) == 0 ? plan.half - 1 : plan.half;
  return within_range(grid, bits, wrapping_sum(magnitude, up) & -plan.odd_bit);
}

void round(const Plan& shared_plan, float* x, std::size_t count) {
  const Plan plan = shared_plan;
  const Grid grid(plan);
  if (plan.by_adder)
    for (std::size_t i = 0; i < count; ++i) x[i] = float_of(rounded_by_adder(grid, x[i]));
  else if (plan.origin == 0)
    for (std::size_t i = 0; i < count; ++i) x[i] = float_of(rounded_by_bits(grid, plan, x[i]));
  else
    for (std::size_t i = 0; i < count; ++i) x[i] = float_of(value_bits_of(plan, code_of(plan, x[i])));
}

}  // namespace

namespace OCTAVO_ISA {
const Kernels kernels = {encode, widen, decode, round};
}

}  // namespace octavo::formats::quantize_kernel
