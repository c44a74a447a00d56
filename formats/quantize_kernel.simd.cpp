// One lane of encode and decode as plain arithmetic without branches, and loops over it that the compiler vectorises.
#include "formats/quantize_kernel.h"

#include <cstring>
#ifdef OCTAVO_ISA_avx512
#include <immintrin.h>
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

struct Fp32 {
  using Element = float;
  static inline float value(float x) { return x; }
};
struct Fp16 {
  using Element = std::uint16_t;
  static inline float value(std::uint16_t code) { return fp16_value(code); }
};
struct Bf16 {
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

#ifdef OCTAVO_ISA_avx512

inline __m512 load(Fp32, const float* x) { return _mm512_loadu_ps(x); }
inline __m512 load(Fp16, const std::uint16_t* x) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(x)));
}
inline __m512 load(Bf16, const std::uint16_t* x) {
  const __m256i codes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(codes), 16));
}

/// The constants of the shorter way, a register each.
struct Registers {
  __m512 scale, clamp;
  __m512i first_normal, exponent, magic, shift, magnitude_mask, sign_shift, negative_zero;

  Registers(const Plan& plan, float scale_value)
      : scale(_mm512_set1_ps(scale_value)),
        clamp(_mm512_set1_ps(plan.clamp)),
        first_normal(_mm512_set1_epi32(plan.first_normal)),
        exponent(_mm512_set1_epi32(kInfinity)),
        magic(_mm512_set1_epi32(bits_of(plan.magic))),
        shift(_mm512_set1_epi32(plan.shift)),
        magnitude_mask(_mm512_set1_epi32(plan.magnitude_mask)),
        sign_shift(_mm512_set1_epi32(plan.sign_shift)),
        negative_zero(_mm512_set1_epi8(static_cast<char>(plan.sign_bit))) {}
};

// With magic = 2^(e + 23 - M), e the exponent of |x| or that of the smallest normal value, |x| + magic has the last
// place 2^(e - M): the adder rounds, and the low bits are the mantissa with its hidden bit. The exponent's part of the
// code rides in the low bits of magic, which are even. NaN is not looked at.
inline __m512i codes_of(const Registers& r, __m512 x) {
  const __m512 magnitude = _mm512_min_ps(_mm512_abs_ps(x), r.clamp);
  // Words, so that a difference below 0 becomes 0 by itself: first_normal has no bits in its lower word.
  const __m512i above = _mm512_and_si512(_mm512_subs_epu16(_mm512_castps_si512(magnitude), r.first_normal), r.exponent);
  const __m512i magic = _mm512_add_epi32(_mm512_add_epi32(above, _mm512_srlv_epi32(above, r.shift)), r.magic);
  const __m512 sum = _mm512_add_ps(magnitude, _mm512_castsi512_ps(magic));
  const __m512i sign = _mm512_srlv_epi32(_mm512_castps_si512(x), r.sign_shift);
  constexpr int kFirstChoosesSecondElseThird = 0xCA;
  return _mm512_ternarylogic_epi32(r.magnitude_mask, _mm512_castps_si512(sum), sign, kFirstChoosesSecondElseThird);
}

/// The codes of 16 elements of x and 16 of y as words. `finite` becomes NaN where one is not: zero times NaN or
/// infinity.
inline __m512i codes_of_32(const Registers& r, __m512 x, __m512 y, __m512* finite) {
  const __m512 a = _mm512_mul_ps(x, r.scale);
  const __m512 b = _mm512_mul_ps(y, r.scale);
  finite[0] = _mm512_fmadd_ps(a, _mm512_setzero_ps(), finite[0]);
  finite[1] = _mm512_fmadd_ps(b, _mm512_setzero_ps(), finite[1]);
  return _mm512_packus_epi32(codes_of(r, a), codes_of(r, b));
}

/// A multiple of 64 elements; true if all were finite. The codes of NaN are not the right ones.
template <class In, bool one_zero>
bool encode_numbers(const Registers& r, const typename In::Element* x, std::uint8_t* codes, std::size_t count) {
  // Packing works within each 128 bits; this puts the groups of four codes into order.
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  constexpr std::size_t kElementsAhead = kAhead / sizeof(typename In::Element);
  __m512 finite[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
  for (std::size_t i = 0; i < count; i += 64) {
    for (std::size_t line = 0; line < sizeof(typename In::Element); ++line)
      _mm_prefetch(reinterpret_cast<const char*>(x + i + kElementsAhead) + 64 * line, _MM_HINT_T0);
    const __m512i low = codes_of_32(r, load(In{}, x + i), load(In{}, x + i + 16), finite);
    const __m512i high = codes_of_32(r, load(In{}, x + i + 32), load(In{}, x + i + 48), finite);
    __m512i result = _mm512_permutexvar_epi32(order, _mm512_packus_epi16(low, high));
    if (one_zero) result = _mm512_maskz_mov_epi8(_mm512_cmpneq_epi8_mask(result, r.negative_zero), result);
    _mm512_storeu_si512(codes + i, result);
  }
  return _mm512_cmp_ps_mask(finite[0], finite[1], _CMP_UNORD_Q) == 0;
}

template <class In, bool one_zero>
void encode_by_adder(const Plan& plan, const typename In::Element* x, float scale, std::uint8_t* codes,
                     std::size_t count) {
  const Registers r(plan, scale);
  const std::size_t whole = count - count % 64;
  for (std::size_t i = 0; i < whole; i += kStretch) {
    const std::size_t size = whole - i < kStretch ? whole - i : kStretch;
    if (!encode_numbers<In, one_zero>(r, x + i, codes + i, size)) encode_lanes<In>(plan, x + i, scale, codes + i, size);
  }
  encode_lanes<In>(plan, x + whole, scale, codes + whole, count - whole);
}

#endif

template <class In>
void encode_from(const Plan& plan, const void* x, float scale, std::uint8_t* codes, std::size_t count) {
  const auto* elements = static_cast<const typename In::Element*>(x);
#ifdef OCTAVO_ISA_avx512
  if (plan.clamp != 0) {
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
const Kernels kernels = {encode, widen, decode, round, encode_and_decode};
}

}  // namespace octavo::formats::quantize_kernel
