// Casts of tensors equal encode element by element: every rounding, source type, instruction set, number of threads and
// length.
#include "formats/span/cast.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "formats/encode.h"
#include "tests/formats/every_format.h"

namespace octavo::formats {
namespace {

constexpr Rounding kRoundings[] = {Rounding::nearest_even, Rounding::nearest_away, Rounding::toward_zero, Rounding::up,
                                   Rounding::down,         Rounding::to_odd,       Rounding::stochastic};

std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }

std::uint32_t reference(const ElementCast& cast, float x, std::size_t i) {
  const RandomBits random{cast.random.word(cast.first_element + i) >> (32 - cast.random_bits), cast.random_bits};
  return encode(cast.format, cast.rounding, cast.overflow, x * cast.scale, random);
}

class CastOn : public testing::TestWithParam<machine::InstructionSet> {};
INSTANTIATE_TEST_SUITE_P(Cast, CastOn, testing::ValuesIn(tests::available_instruction_sets()),
                         [](const auto& set) { return std::string(name(set.param)); });

void expect_reference(const ElementCast& cast, std::span<const float> x) {
  std::vector<std::uint8_t> codes(x.size());
  encode(cast, x, codes);
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_EQ(codes[i], reference(cast, x[i], i))
        << testing::PrintToString(cast.format) << std::hexfloat << " of " << x[i] << " * " << cast.scale << " rounding "
        << static_cast<int>(cast.rounding) << " overflow " << static_cast<int>(cast.overflow) << " element " << i;
  }
}

TEST_P(CastOn, EncodesAsTheReferenceUnderEveryRounding) {
  const tests::WithInstructionSet use(GetParam());
  for (const Spec& format : tests::named_formats()) {
    if (format.bits() > 8) continue;
    std::vector<float> x = tests::random_bit_floats(500, 7);
    for (const float critical : tests::critical_floats(format)) x.push_back(critical);
    for (const Rounding rounding : kRoundings)
      for (const auto overflow : {Overflow::saturate, Overflow::special})
        for (const float scale : {1.0F, 0.7F})
          expect_reference({.format = format, .rounding = rounding, .overflow = overflow, .scale = scale}, x);
  }
}

TEST_P(CastOn, RoundsStochasticallyAsTheReference) {
  const tests::WithInstructionSet use(GetParam());
  std::vector<float> x = tests::random_bit_floats(3000, 5);
  for (std::size_t i = 0; i < x.size(); i += 2) x[i] = std::ldexp(1.0F + 0.3F, static_cast<int>(i % 40) - 30);
  std::vector<float> numbers = x;  // a NaN among many numbers sends them all the way that knows NaN
  for (float& value : numbers)
    if (std::isnan(value)) value = -3.7F;
  for (const Spec& format : {e4m3, e5m2, e4m3fnuz, e2m1, int8, binary8(1, true)})
    for (const int random_bits : {1, 2, 5, 8, 13, 24})
      for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{37}, (std::uint64_t{1} << 38) - 1000}) {
        const ElementCast cast{.format = format,
                               .rounding = Rounding::stochastic,
                               .random = {0x123456789ABCDEFu, 3, 17},
                               .random_bits = random_bits,
                               .first_element = first};
        expect_reference(cast, x);
        expect_reference(cast, numbers);
      }
}

/// The values of `x` in a narrower type, as its codes.
template <class Narrow>
std::vector<Narrow> narrowed(std::span<const float> x) {
  std::vector<Narrow> codes;
  for (const float value : x) codes.push_back(Narrow::from(value, Rounding::nearest_even, Overflow::special));
  return codes;
}

template <class Narrow>
void expect_every_code_widens() {
  std::vector<Narrow> x(65536);
  std::vector<float> wide(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i].code = static_cast<std::uint16_t>(i);
    wide[i] = static_cast<float>(x[i].value());
  }
  for (const Rounding rounding : {Rounding::nearest_even, Rounding::to_odd, Rounding::stochastic}) {
    for (const Spec& format : {e4m3, e5m2, e4m3fnuz, binary8(4, true), int8, e8m0}) {
      const ElementCast cast{.format = format, .rounding = rounding, .overflow = Overflow::special, .scale = 0x1p-3F};
      std::vector<std::uint8_t> codes(x.size());
      std::vector<std::uint8_t> expected(x.size());
      encode(cast, std::span<const Narrow>(x), codes);
      encode(cast, wide, expected);
      ASSERT_EQ(codes, expected) << testing::PrintToString(format);
    }
  }
  EXPECT_EQ(amax(std::span<const Narrow>(x), 1), amax(wide));
}

TEST_P(CastOn, TakesEveryCodeOfFp16AndBf16) {
  const tests::WithInstructionSet use(GetParam());
  expect_every_code_widens<FP16>();
  expect_every_code_widens<BF16>();
}

TEST_P(CastOn, QuantizesToTheValuesOfTheCodes) {
  const tests::WithInstructionSet use(GetParam());
  const std::vector<float> x = tests::random_bit_floats(5000, 9);
  for (const Spec& format : tests::named_formats()) {
    for (const Rounding rounding : kRoundings) {
      const ElementCast cast{.format = format, .rounding = rounding, .overflow = Overflow::special, .scale = 2};
      std::vector<float> values(x.size());
      quantize(cast, x, values);
      for (std::size_t i = 0; i < x.size(); ++i)
        ASSERT_EQ(bits(values[i]), bits(static_cast<float>(decode(format, reference(cast, x[i], i)))))
            << testing::PrintToString(format) << std::hexfloat << ' ' << x[i] << " rounding "
            << static_cast<int>(rounding);
    }
  }
}

TEST_P(CastOn, AnyLengthOffsetAndNumberOfThreads) {
  const tests::WithInstructionSet use(GetParam());
  std::vector<float> x = tests::random_bit_floats(20011, 2);
  x[700] = std::numeric_limits<float>::quiet_NaN();
  for (const Rounding rounding : {Rounding::nearest_even, Rounding::up, Rounding::stochastic}) {
    ElementCast cast{.rounding = rounding, .scale = 0x1p-20F, .random = {9, 8, 7}};
    std::vector<std::uint8_t> whole(x.size());
    encode(cast, x, whole);
    std::vector<std::uint8_t> codes(x.size());
    for (const int threads : {2, 3, 5}) {
      codes.assign(x.size(), 0xA5);
      encode(cast, x, codes, threads);
      ASSERT_EQ(codes, whole);
      ASSERT_EQ(amax(x, threads), amax(x));
      ASSERT_EQ(encode_with_statistics(cast, x, codes, threads), encode_with_statistics(cast, x, codes));
    }
    for (const std::size_t first : {0u, 1u, 63u, 64u, 129u, 4097u}) {
      for (const std::size_t count : {0u, 1u, 2u, 63u, 64u, 65u, 127u, 4095u, 4096u, 4097u, 9999u}) {
        cast.first_element = first;
        codes.assign(x.size(), 0xA5);
        encode(cast, std::span<const float>(x).subspan(first, count), std::span(codes).subspan(first, count));
        for (std::size_t i = 0; i < codes.size(); ++i)
          ASSERT_EQ(codes[i], i >= first && i < first + count ? whole[i] : 0xA5) << first << ' ' << count << ' ' << i;
      }
    }
  }
}

TEST_P(CastOn, TensorsWithoutOrdinaryNumbers) {
  const tests::WithInstructionSet use(GetParam());
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  struct Case {
    float x;
    std::uint8_t saturated, special;
    MeasuredAmax amax;
  };
  for (const Case& c : {Case{nan, 0x7F, 0x7F, {0, true}},
                        {-nan, 0x7F, 0x7F, {0, true}},
                        {infinity, 0x7E, 0x7F, {infinity, false}},
                        {-infinity, 0xFE, 0xFF, {infinity, false}},
                        {0, 0, 0, {0, false}},
                        {-0.0F, 0x80, 0x80, {0, false}}}) {
    for (const std::size_t count : {0u, 1u, 7u, 64u, 200u, 5000u}) {
      const std::vector<float> x(count, c.x);
      EXPECT_EQ(amax(x), count == 0 ? MeasuredAmax{} : c.amax);
      std::vector<std::uint8_t> codes(count);
      for (const auto overflow : {Overflow::saturate, Overflow::special}) {
        const CastStatistics statistics = encode_with_statistics(ElementCast{.overflow = overflow}, x, codes);
        EXPECT_EQ(codes, std::vector<std::uint8_t>(count, overflow == Overflow::special ? c.special : c.saturated));
        EXPECT_EQ(statistics.count, count);
        EXPECT_EQ(statistics.nan, std::isnan(c.x) ? count : 0);
        EXPECT_EQ(statistics.zeros, c.x == 0 ? count : 0);
        EXPECT_EQ(statistics.overflow, std::isinf(c.x) ? count : 0);
        EXPECT_EQ(statistics.signal_energy, 0);
        EXPECT_EQ(statistics.error_energy, 0);
      }
    }
  }
}

}  // namespace
}  // namespace octavo::formats
