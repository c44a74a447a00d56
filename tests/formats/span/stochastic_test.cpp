// Stochastic rounding: known random words, exact frequencies by enumeration, and the mean.
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

#include "formats/decode.h"
#include "formats/encode.h"
#include "formats/random.h"
#include "formats/span/cast.h"
#include "tests/formats/every_format.h"

namespace octavo::formats {
namespace {

using Words = std::array<std::uint32_t, 4>;

// The known answers that Random123 publishes for philox4x32 with 10 rounds.
TEST(Philox, GivesTheKnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  constexpr std::uint32_t kOnes = 0xffffffff;
  EXPECT_EQ(philox({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomStream, GivesEachElementItsOwnWord) {
  std::set<std::uint32_t> words;
  std::size_t drawn = 0;
  for (const RandomStream& stream :
       {RandomStream{1, 0, 0}, {2, 0, 0}, {std::uint64_t{1} << 32, 0, 0}, {1, 1, 0}, {1, 0, 1}})
    for (std::uint64_t i = 0; i < 300; ++i, ++drawn) words.insert(stream.word(i));
  EXPECT_EQ(words.size(), drawn);  // a collision among 1500 words has a chance of 1 in 3800, and the words are fixed
  const RandomStream stream{0x0123456789ABCDEF, 5, 6};
  const auto block = philox({16 * 2 + 3, 0, 5, 6}, {0x89ABCDEF, 0x01234567});
  for (std::size_t word = 0; word < 4; ++word) EXPECT_EQ(stream.word(2 * 64 + 16 * word + 3), block[word]);
}

/// How many of the 2^n values of the random bits take x away from zero.
std::uint32_t ways_up(const Spec& format, double x, int n) {
  const std::uint32_t below = encode(format, Rounding::toward_zero, Overflow::saturate, x);
  std::uint32_t ways = 0;
  for (std::uint32_t value = 0; value < (1u << n); ++value) {
    const std::uint32_t code = encode(format, Rounding::stochastic, Overflow::saturate, x, {value, n});
    EXPECT_TRUE(code == below || format.magnitude(code) == format.magnitude(below) + 1);
    ways += code != below ? 1 : 0;
  }
  return ways;
}

TEST(Stochastic, FrequenciesAreExactForOneToEightBits) {
  for (const Spec& format : {e4m3, e5m2, e4m3fnuz, e2m1, e3m2, int8, binary8(1, true)}) {
    for (const std::uint32_t code : {0u, 1u, format.max_code() / 3, format.max_code() - 1}) {
      const double low = decode(format, code);
      const double step = decode(format, code + 1) - low;
      for (int n = 1; n <= 8; ++n) {
        // Parts of a 1024th: some are multiples of 2^-n, some are not.
        for (int part = 0; part < 1024; part += 37) {
          const double f = part / 1024.0;
          const auto expected = static_cast<std::uint32_t>(std::floor(std::ldexp(f, n)));
          ASSERT_EQ(ways_up(format, low + f * step, n), expected) << testing::PrintToString(format) << ' ' << code;
          ASSERT_EQ(ways_up(format, -(low + f * step), n), expected) << testing::PrintToString(format) << ' ' << code;
        }
      }
    }
  }
}

TEST(Stochastic, LeavesValuesOfTheFormatAlone) {
  for (const Spec& format : {e4m3, e5m2fnuz, e2m1, int4, e8m0}) {
    for (std::uint32_t code = 0; code <= format.max_code(); ++code)
      for (const std::uint32_t random : {0u, 1u, 0xFFFFFFFFu})
        ASSERT_EQ(encode(format, Rounding::stochastic, Overflow::special, decode(format, code), {random, 32}), code);
  }
}

TEST(Stochastic, OverflowsAsRoundingToNearest) {
  EXPECT_EQ(encode(e4m3, Rounding::stochastic, Overflow::special, 460, {0, 8}), 0x7Eu);
  EXPECT_EQ(encode(e4m3, Rounding::stochastic, Overflow::special, 460, {255, 8}), 0x7Fu);
  EXPECT_EQ(encode(e4m3, Rounding::stochastic, Overflow::saturate, 460, {255, 8}), 0x7Eu);
  EXPECT_EQ(encode(e5m2, Rounding::stochastic, Overflow::special, -1e9, {0, 8}), 0xFCu);
}

// The mean of n roundings of x = low + f step has the standard deviation step sqrt(f (1 - f) / n). Five of them hold
// with a confidence of 0.9999994 for one mean; for all 27 means here the chance of a false alarm was below 2 in
// 100,000, and the words are fixed.
TEST(Stochastic, IsUnbiased) {
  constexpr std::size_t kCount = 1 << 18;
  std::vector<float> x(kCount);
  std::vector<float> values(kCount);
  for (const Spec& format : {e4m3, e5m2, e2m1}) {
    for (const std::uint32_t code : {0u, 2u, format.max_code() - 2}) {
      for (const double f : {0.001, 1.0 / 3, 0.9}) {
        const double low = decode(format, code);
        const double step = decode(format, code + 1) - low;
        x.assign(kCount, static_cast<float>(low + f * step));
        const double fraction = (x[0] - low) / step;
        quantize({.format = format, .rounding = Rounding::stochastic, .random = {2024, 1, code}}, x, values);
        double sum = 0;
        for (const float value : values) sum += value;
        const double deviation = step * std::sqrt(fraction * (1 - fraction) / kCount);
        EXPECT_NEAR(sum / kCount, x[0], 5 * deviation) << testing::PrintToString(format) << ' ' << code << ' ' << f;
      }
    }
  }
}

}  // namespace
}  // namespace octavo::formats
