// One lane of encode under any rounding as plain arithmetic without branches, and Philox sixteen counters at a time.
#include "formats/span/kernels/rounding_kernel.h"

#include <cstring>

#if defined(OCTAVO_ISA_avx512) || defined(OCTAVO_ISA_avx2)
#define OCTAVO_HAS_FLOAT_LANES 1
#include "formats/span/kernels/stochastic_encode.h"
#endif

namespace octavo::formats::rounding_kernel {
namespace {

constexpr std::int32_t kInfinity = 0x7F800000;
constexpr std::int32_t kMagnitude = 0x7FFFFFFF;
constexpr std::int32_t kHidden = 0x00800000;

enum class Mode { nearest_even, nearest_away, toward_zero, up, down, to_odd, stochastic };  // in Rounding's order

inline std::int32_t smaller(std::int32_t a, std::int32_t b) { return a < b ? a : b; }
inline std::int32_t larger(std::int32_t a, std::int32_t b) { return a > b ? a : b; }
// A NaN may carry beyond the sign; its result is not used.
inline std::int32_t wrapping_sum(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}

struct Magnitude {
  float value;  // |x|
  std::int32_t bits;
};

// The magnitude code before its limit, of any format.
//
// The significand of x as an integer, cut at the last place of the result: what is left is the mantissa, above it the
// exponents that lie between x and the smallest normal value. The part cut off decides about one more.
template <Mode mode>
inline std::int32_t wide_code_of(const Plan& plan, Magnitude x, std::int32_t negative, std::int32_t random) {
  const std::int32_t field = larger(x.bits >> 23, 1);
  const std::int32_t significand = (x.bits & (kHidden - 1)) | (x.bits >= kHidden ? kHidden : 0);
  const std::int32_t last_field = larger(field, plan.first_field);
  const std::int32_t cut_bits = plan.shift + last_field - field;
  const std::int32_t exponent = (last_field - plan.first_field) << plan.mantissa_bits;
  if (mode == Mode::stochastic) {
    // 24 bits hold every part that may be cut off unless it is of a smaller number; then they hold its top.
    const std::int32_t surplus = smaller(larger(cut_bits - 24, 0), 31);
    const std::int32_t width = smaller(cut_bits, 24);
    return exponent + (((significand >> surplus) + (random >> (24 - width))) >> width);
  }
  const std::int32_t width = smaller(cut_bits, 30);
  const std::int32_t below = (std::int32_t{1} << width) - 1;
  const std::int32_t cut = significand & below;
  const std::int32_t code = exponent + (significand >> width);
  const std::int32_t any = (cut + below) >> width;
  if (mode == Mode::nearest_even) return code + ((cut + (below >> 1) + (code & 1)) >> width);
  if (mode == Mode::nearest_away) return code + ((cut + (below >> 1) + 1) >> width);
  if (mode == Mode::up) return code + (any & ~negative);
  if (mode == Mode::down) return code + (any & negative);
  if (mode == Mode::to_odd) return code + (any & ~code & 1);
  return code;
}

/// The number `fixed` with `bits` bits behind the point as an integer.
template <Mode mode>
inline std::int32_t integer_of(std::int32_t fixed, std::int32_t bits, std::int32_t negative, std::int32_t random) {
  const std::int32_t below = (std::int32_t{1} << bits) - 1;
  if (mode == Mode::nearest_even) return wrapping_sum(fixed, (below >> 1) + ((fixed >> bits) & 1)) >> bits;
  if (mode == Mode::nearest_away) return wrapping_sum(fixed, (below >> 1) + 1) >> bits;
  if (mode == Mode::up) return wrapping_sum(fixed, below & ~negative) >> bits;
  if (mode == Mode::down) return wrapping_sum(fixed, below & negative) >> bits;
  if (mode == Mode::to_odd) return (fixed >> bits) | (((fixed & below) + below) >> bits);
  if (mode == Mode::stochastic) return wrapping_sum(fixed, random >> (24 - bits)) >> bits;
  return fixed >> bits;
}

// The same of a format with at most 6 mantissa bits, without shifts by lane: bits of binary32 as a number with `shift`
// bits behind the point where the result is normal, |x| with 24 bits behind the point of its last place where it is
// not. There a number too small to be seen in 24 bits counts as the smallest that is, for the modes that ask whether
// anything was cut.
template <Mode mode>
inline std::int32_t narrow_code_of(const Plan& plan, Magnitude x, std::int32_t negative, std::int32_t random) {
  constexpr std::int32_t kFixedBits = 24;
  const std::int32_t normal = integer_of<mode>(x.bits - plan.origin, plan.shift, negative, random);
  const float within = x.value < plan.first_normal ? x.value : plan.first_normal;
  const auto fixed = static_cast<std::int32_t>(within * plan.to_fixed[0] * plan.to_fixed[1]);
  const bool asks = mode == Mode::up || mode == Mode::down || mode == Mode::to_odd;
  const std::int32_t seen = asks ? larger(fixed, smaller(x.bits, 1)) : fixed;
  const std::int32_t subnormal = integer_of<mode>(seen, kFixedBits, negative, random);
  return x.value < plan.first_normal ? subnormal : normal;
}

// The same of a format without zero: bits of binary32 as a number with `shift` bits behind the point, those of the
// subnormal values of its highest binade, the only one that such a format may reach, moved to where the exponent would
// go on downwards. What lies below the format counts as its smallest value.
template <Mode mode>
inline std::int32_t code_without_zero(const Plan& plan, Magnitude x, std::int32_t negative, std::int32_t random) {
  const std::int32_t bits = x.bits >= kHidden ? x.bits : 2 * x.bits - kHidden;
  return integer_of<mode>(larger(bits - plan.origin, 0), plan.shift, negative, random);
}

enum class Form { narrow, wide, without_zero };

template <Mode mode, Form form>
inline std::int32_t code_of(const Plan& plan, float x, std::uint32_t word) {
  std::int32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  const Magnitude magnitude{__builtin_fabsf(x), bits & kMagnitude};
  const std::int32_t negative = (bits >> 31) & plan.signs;
  const auto random = static_cast<std::int32_t>((word & plan.random_mask) >> 8);
  std::int32_t code = form == Form::narrow ? narrow_code_of<mode>(plan, magnitude, negative, random)
                      : form == Form::wide ? wide_code_of<mode>(plan, magnitude, negative, random)
                                           : code_without_zero<mode>(plan, magnitude, negative, random);
  code = smaller(code, negative != 0 ? plan.limit_negative : plan.limit_positive);
  code = magnitude.bits == kInfinity ? plan.infinity : code;
  code |= code > plan.unsigned_below ? negative & plan.sign_bit : 0;
  const std::int32_t complement = negative & plan.twos_complement;
  code = ((code ^ complement) - complement) & plan.code_mask;
  return magnitude.bits > kInfinity ? plan.nan_result : code;
}

template <Mode mode, Form form, class Code>
void encode_all(const Plan& shared_plan, const float* x, float scale, const std::uint32_t* words, Code* codes,
                std::size_t count) {
  const Plan plan = shared_plan;  // a local: the stores of codes cannot change it
  for (std::size_t i = 0; i < count; ++i)
    codes[i] = static_cast<Code>(code_of<mode, form>(plan, x[i] * scale, mode == Mode::stochastic ? words[i] : 0));
}

template <Mode mode, class Code>
void encode(const Plan& plan, const float* x, float scale, const std::uint32_t* words, Code* codes, std::size_t count) {
  if (!plan.has_zero) return encode_all<mode, Form::without_zero>(plan, x, scale, words, codes, count);
  if (plan.mantissa_bits <= 6) return encode_all<mode, Form::narrow>(plan, x, scale, words, codes, count);
  encode_all<mode, Form::wide>(plan, x, scale, words, codes, count);
}

void stochastic_to_bytes(const Plan& plan, const float* x, float scale, const std::uint32_t* words, std::uint8_t* codes,
                         std::size_t count) {
  std::size_t done = 0;
#ifdef OCTAVO_HAS_FLOAT_LANES
  if (fits_lanes(plan)) {
    const Registers r(plan, scale);
    const auto numbers = plan.unsigned_below == 0 ? encode_numbers<true> : encode_numbers<false>;
    if (numbers(r, x, words, codes, count - count % kAtOnce)) done = count - count % kAtOnce;
  }
#endif
  encode<Mode::stochastic>(plan, x + done, scale, words + done, codes + done, count - done);
}

constexpr std::size_t kCounters = 16;
constexpr std::uint64_t kMultiplier0 = 0xD2511F53u;
constexpr std::uint64_t kMultiplier1 = 0xCD9E8D57u;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9u;
constexpr std::uint32_t kWeyl1 = 0xBB67AE85u;

// Each 64-bit lane holds one counter's word in its lower half; what products leave in the upper half does no harm.
#if defined(OCTAVO_ISA_avx512) || defined(OCTAVO_ISA_avx2)
#ifdef OCTAVO_ISA_avx512
using Lanes = __m512i;
inline Lanes all(std::uint64_t x) { return _mm512_set1_epi64(static_cast<long long>(x)); }
inline Lanes even_lanes() { return _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14); }
inline Lanes sum(Lanes a, Lanes b) { return _mm512_add_epi64(a, b); }
inline Lanes product(Lanes a, Lanes b) { return _mm512_mul_epu32(a, b); }
inline Lanes upper(Lanes a) { return _mm512_srli_epi64(a, 32); }
inline Lanes to_upper(Lanes a) { return _mm512_slli_epi64(a, 32); }
inline Lanes exclusive_or(Lanes a, Lanes b, Lanes c) { return _mm512_ternarylogic_epi64(a, b, c, 0x96); }
inline Lanes interleaved(Lanes even, Lanes odd) { return _mm512_mask_blend_epi32(0xAAAA, even, odd); }
inline void store(std::uint32_t* to, Lanes a) { _mm512_storeu_si512(to, a); }
#else
using Lanes = __m256i;
inline Lanes all(std::uint64_t x) { return _mm256_set1_epi64x(static_cast<long long>(x)); }
inline Lanes even_lanes() { return _mm256_setr_epi64x(0, 2, 4, 6); }
inline Lanes sum(Lanes a, Lanes b) { return _mm256_add_epi64(a, b); }
inline Lanes product(Lanes a, Lanes b) { return _mm256_mul_epu32(a, b); }
inline Lanes upper(Lanes a) { return _mm256_srli_epi64(a, 32); }
inline Lanes to_upper(Lanes a) { return _mm256_slli_epi64(a, 32); }
inline Lanes exclusive_or(Lanes a, Lanes b, Lanes c) { return _mm256_xor_si256(_mm256_xor_si256(a, b), c); }
inline Lanes interleaved(Lanes even, Lanes odd) { return _mm256_blend_epi32(even, odd, 0xAA); }
inline void store(std::uint32_t* to, Lanes a) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), a); }
#endif

/// Counters side by side, alternately in two registers.
constexpr std::size_t kSideBySide = sizeof(Lanes) / sizeof(std::uint32_t);

struct Counters {
  Lanes word[4];
};

constexpr int kRounds = 10;

/// The keys of all rounds.
struct Keys {
  Lanes of[kRounds][2];

  explicit Keys(std::uint64_t seed) {
    auto key0 = static_cast<std::uint32_t>(seed);
    auto key1 = static_cast<std::uint32_t>(seed >> 32);
    for (int round = 0; round < kRounds; ++round, key0 += kWeyl0, key1 += kWeyl1) {
      of[round][0] = all(key0);
      of[round][1] = all(key1);
    }
  }
};

inline void add_round(Counters* c, const Lanes (&key)[2]) {
  const Lanes first = product(c->word[0], all(kMultiplier0));
  const Lanes second = product(c->word[2], all(kMultiplier1));
  c->word[0] = exclusive_or(c->word[1], key[0], upper(second));
  c->word[1] = second;
  c->word[2] = exclusive_or(c->word[3], key[1], upper(first));
  c->word[3] = first;
}

inline void philox(std::uint64_t counter, const Keys& keys, std::uint32_t tensor, std::uint32_t step,
                   std::uint32_t* words) {
  // All counters at once: a round is a chain of latencies that two registers' worth of work does not cover with AVX2.
  constexpr std::size_t kPairs = kCounters / kSideBySide;
  Counters even[kPairs];
  Counters odd[kPairs];
  for (std::size_t pair = 0; pair < kPairs; ++pair) {
    const std::uint64_t first = counter + pair * kSideBySide;
    const Lanes low = sum(all(static_cast<std::uint32_t>(first)), even_lanes());  // no carry: 16 divides counter
    even[pair] = {{low, all(counter >> 32), all(tensor), all(step)}};
    odd[pair] = even[pair];
    odd[pair].word[0] = sum(low, all(1));
  }
#pragma GCC unroll 10
  for (int round = 0; round < kRounds; ++round)
#pragma GCC unroll 2
    for (std::size_t pair = 0; pair < kPairs; ++pair) {
      add_round(&even[pair], keys.of[round]);
      add_round(&odd[pair], keys.of[round]);
    }
#pragma GCC unroll 2
  for (std::size_t pair = 0; pair < kPairs; ++pair)
    for (std::size_t i = 0; i < 4; ++i)
      store(words + kCounters * i + pair * kSideBySide, interleaved(even[pair].word[i], to_upper(odd[pair].word[i])));
}

#else

using Keys = std::uint64_t;

inline void philox(std::uint64_t counter, Keys seed, std::uint32_t tensor, std::uint32_t step, std::uint32_t* words) {
  for (std::size_t lane = 0; lane < kCounters; ++lane) {
    std::uint32_t c[4] = {static_cast<std::uint32_t>(counter + lane), static_cast<std::uint32_t>(counter >> 32), tensor,
                          step};
    auto key0 = static_cast<std::uint32_t>(seed);
    auto key1 = static_cast<std::uint32_t>(seed >> 32);
    for (int round = 0; round < 10; ++round, key0 += kWeyl0, key1 += kWeyl1) {
      const std::uint64_t first = kMultiplier0 * c[0];
      const std::uint64_t second = kMultiplier1 * c[2];
      c[0] = static_cast<std::uint32_t>(second >> 32) ^ c[1] ^ key0;
      c[1] = static_cast<std::uint32_t>(second);
      c[2] = static_cast<std::uint32_t>(first >> 32) ^ c[3] ^ key1;
      c[3] = static_cast<std::uint32_t>(first);
    }
    for (std::size_t i = 0; i < 4; ++i) words[kCounters * i + lane] = c[i];
  }
}

#endif

void random_words(std::uint64_t seed, std::uint32_t tensor, std::uint32_t step, std::uint64_t first_group,
                  std::size_t groups, std::uint32_t* words) {
  const Keys keys(seed);
  for (std::size_t group = 0; group < groups; ++group)
    philox(kCounters * (first_group + group), keys, tensor, step, words + kGroup * group);
}

}  // namespace

namespace OCTAVO_ISA {
const Kernels kernels = {{encode<Mode::nearest_even>, encode<Mode::nearest_away>, encode<Mode::toward_zero>,
                          encode<Mode::up>, encode<Mode::down>, encode<Mode::to_odd>, stochastic_to_bytes},
                         {encode<Mode::nearest_even>, encode<Mode::nearest_away>, encode<Mode::toward_zero>,
                          encode<Mode::up>, encode<Mode::down>, encode<Mode::to_odd>, encode<Mode::stochastic>},
                         random_words};
}

}  // namespace octavo::formats::rounding_kernel
