// One lane of encode under any rounding as plain arithmetic without branches, and Philox sixteen counters at a time.
#include "formats/rounding_kernel.h"

#include <cstring>
#if defined(OCTAVO_ISA_avx512) || defined(OCTAVO_ISA_avx2)
#include <immintrin.h>
#endif

namespace octavo::formats::rounding_kernel {
namespace {

constexpr std::int32_t kInfinity = 0x7F800000;
constexpr std::int32_t kMagnitude = 0x7FFFFFFF;
constexpr std::int32_t kHidden = 0x00800000;

enum class Mode { nearest_even, nearest_away, toward_zero, up, down, to_odd, stochastic };  // in Rounding's order

inline std::int32_t smaller(std::int32_t a, std::int32_t b) { return a < b ? a : b; }
inline std::int32_t larger(std::int32_t a, std::int32_t b) { return a > b ? a : b; }

// The significand of x as an integer, cut at the last place of the result: what is left is the mantissa, above it the
// exponents that lie between x and the smallest normal value. The part cut off decides about one more.
template <Mode mode>
inline std::int32_t code_of(const Plan& plan, float x, std::uint32_t word) {
  std::int32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  const std::int32_t magnitude = bits & kMagnitude;
  const std::int32_t negative = (bits >> 31) & plan.signs;
  const std::int32_t field = larger(magnitude >> 23, 1);
  const std::int32_t significand = (magnitude & (kHidden - 1)) | (magnitude >= kHidden ? kHidden : 0);
  const std::int32_t last_field = larger(field, plan.first_field);
  const std::int32_t cut_bits = plan.shift + last_field - field;
  const std::int32_t exponent = (last_field - plan.first_field) << plan.mantissa_bits;
  std::int32_t code;
  if (mode == Mode::stochastic) {
    // 24 bits hold every part that may be cut off unless it is of a smaller number; then they hold its top.
    const std::int32_t random = static_cast<std::int32_t>((word & plan.random_mask) >> 8);
    const std::int32_t surplus = smaller(larger(cut_bits - 24, 0), 31);
    const std::int32_t width = smaller(cut_bits, 24);
    code = exponent + (((significand >> surplus) + (random >> (24 - width))) >> width);
  } else {
    const std::int32_t width = smaller(cut_bits, 30);
    const std::int32_t below = (std::int32_t{1} << width) - 1;
    const std::int32_t cut = significand & below;
    code = exponent + (significand >> width);
    const std::int32_t any = (cut + below) >> width;
    if (mode == Mode::nearest_even) code += (cut + (below >> 1) + (code & 1)) >> width;
    if (mode == Mode::nearest_away) code += (cut + (below >> 1) + 1) >> width;
    if (mode == Mode::up) code += any & ~negative;
    if (mode == Mode::down) code += any & negative;
    if (mode == Mode::to_odd) code += any & ~code & 1;
  }
  code = smaller(code, negative != 0 ? plan.limit_negative : plan.limit_positive);
  code = magnitude == kInfinity ? plan.infinity : code;
  code |= code > plan.unsigned_below ? negative & plan.sign_bit : 0;
  const std::int32_t complement = negative & plan.twos_complement;
  code = ((code ^ complement) - complement) & plan.code_mask;
  return magnitude > kInfinity ? plan.nan_result : code;
}

template <Mode mode>
void encode(const Plan& shared_plan, const float* x, float scale, const std::uint32_t* words, std::int32_t* codes,
            std::size_t count) {
  const Plan plan = shared_plan;  // a local: the stores of codes cannot change it
  for (std::size_t i = 0; i < count; ++i)
    codes[i] = code_of<mode>(plan, x[i] * scale, mode == Mode::stochastic ? words[i] : 0);
}

void narrow(const std::int32_t* codes, std::uint8_t* bytes, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(codes[i]);
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

/// Counters side by side, alternately in `even` and `odd`: two chains, so that one's products wait for none of the
/// other's.
constexpr std::size_t kSideBySide = sizeof(Lanes) / sizeof(std::uint32_t);

struct Counters {
  Lanes word[4];
};

inline void add_round(Counters* c, Lanes key0, Lanes key1) {
  const Lanes first = product(c->word[0], all(kMultiplier0));
  const Lanes second = product(c->word[2], all(kMultiplier1));
  c->word[0] = exclusive_or(upper(second), c->word[1], key0);
  c->word[1] = second;
  c->word[2] = exclusive_or(upper(first), c->word[3], key1);
  c->word[3] = first;
}

inline void philox(std::uint64_t counter, std::uint64_t seed, std::uint32_t tensor, std::uint32_t step,
                   std::uint32_t* words) {
  for (std::size_t lane = 0; lane < kCounters; lane += kSideBySide) {
    const Lanes low = sum(all(static_cast<std::uint32_t>(counter + lane)), even_lanes());  // 16 divides counter
    Counters even = {{low, all(counter >> 32), all(tensor), all(step)}};
    Counters odd = even;
    odd.word[0] = sum(low, all(1));
    auto key0 = static_cast<std::uint32_t>(seed);
    auto key1 = static_cast<std::uint32_t>(seed >> 32);
    for (int round = 0; round < 10; ++round, key0 += kWeyl0, key1 += kWeyl1) {
      add_round(&even, all(key0), all(key1));
      add_round(&odd, all(key0), all(key1));
    }
    for (std::size_t i = 0; i < 4; ++i)
      store(words + kCounters * i + lane, interleaved(even.word[i], to_upper(odd.word[i])));
  }
}

#else

inline void philox(std::uint64_t counter, std::uint64_t seed, std::uint32_t tensor, std::uint32_t step,
                   std::uint32_t* words) {
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
  for (std::size_t group = 0; group < groups; ++group)
    philox(kCounters * (first_group + group), seed, tensor, step, words + kGroup * group);
}

}  // namespace

namespace OCTAVO_ISA {
const Kernels kernels = {{encode<Mode::nearest_even>, encode<Mode::nearest_away>, encode<Mode::toward_zero>,
                          encode<Mode::up>, encode<Mode::down>, encode<Mode::to_odd>, encode<Mode::stochastic>},
                         narrow,
                         random_words};
}

}  // namespace octavo::formats::rounding_kernel
