// One lane of encode under any rounding as plain arithmetic without branches, and Philox sixteen counters at a time.
#include "formats/rounding_kernel.h"

#include <cstring>

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

struct Counters {
  std::uint32_t word[4][kCounters];
};

inline void philox(Counters* c, std::uint32_t key0, std::uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    for (std::size_t lane = 0; lane < kCounters; ++lane) {
      const std::uint64_t first = std::uint64_t{0xD2511F53u} * c->word[0][lane];
      const std::uint64_t second = std::uint64_t{0xCD9E8D57u} * c->word[2][lane];
      c->word[0][lane] = static_cast<std::uint32_t>(second >> 32) ^ c->word[1][lane] ^ key0;
      c->word[1][lane] = static_cast<std::uint32_t>(second);
      c->word[2][lane] = static_cast<std::uint32_t>(first >> 32) ^ c->word[3][lane] ^ key1;
      c->word[3][lane] = static_cast<std::uint32_t>(first);
    }
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}

void random_words(std::uint64_t seed, std::uint32_t tensor, std::uint32_t step, std::uint64_t first_group,
                  std::size_t groups, std::uint32_t* words) {
  for (std::size_t group = 0; group < groups; ++group, words += kGroup) {
    const std::uint64_t counter = kCounters * (first_group + group);
    Counters c;
    for (std::size_t lane = 0; lane < kCounters; ++lane) {
      c.word[0][lane] = static_cast<std::uint32_t>(counter) + static_cast<std::uint32_t>(lane);  // 16 divides counter
      c.word[1][lane] = static_cast<std::uint32_t>(counter >> 32);
      c.word[2][lane] = tensor;
      c.word[3][lane] = step;
    }
    philox(&c, static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32));
    std::memcpy(words, c.word, sizeof c.word);
  }
}

}  // namespace

namespace OCTAVO_ISA {
const Kernels kernels = {{encode<Mode::nearest_even>, encode<Mode::nearest_away>, encode<Mode::toward_zero>,
                          encode<Mode::up>, encode<Mode::down>, encode<Mode::to_odd>, encode<Mode::stochastic>},
                         narrow,
                         random_words};
}

}  // namespace octavo::formats::rounding_kernel
