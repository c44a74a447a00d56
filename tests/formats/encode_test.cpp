// encode and decode of single values: answers that were published for NVIDIA's conversions and the OCP formats.
#include "formats/encode.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "formats/float.h"
#include "tests/formats/every_format.h"

namespace octavo::formats {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::uint32_t saturated(const Spec& spec, double x) {
  return encode(spec, Rounding::nearest_even, Overflow::saturate, x);
}
std::uint32_t special(const Spec& spec, double x) { return encode(spec, Rounding::nearest_even, Overflow::special, x); }

struct Answer {
  double x;
  std::uint32_t saturated;
  std::uint32_t special;
};

TEST(Encode, AnswersOfNvidiasE4M3) {
  for (const Answer& answer : {Answer{kNan, 0x7F, 0x7F},    {-kNan, 0x7F, 0x7F},
                               {kInfinity, 0x7E, 0x7F},     {-kInfinity, 0xFE, 0xFF},
                               {448, 0x7E, 0x7E},           {449, 0x7E, 0x7E},
                               {464, 0x7E, 0x7E},           {0x1.D00002p8, 0x7E, 0x7F},
                               {-0x1.D00002p8, 0xFE, 0xFF}, {480, 0x7E, 0x7F},
                               {1e30, 0x7E, 0x7F},          {0x1p-10, 0x00, 0x00},
                               {-0x1p-10, 0x80, 0x80},      {0x1.000002p-10, 0x01, 0x01},
                               {0x1p-9, 0x01, 0x01},        {0.0, 0x00, 0x00},
                               {-0.0, 0x80, 0x80},          {1, 0x38, 0x38},
                               {0x1p-6, 0x08, 0x08},        {0x1.Ep-7, 0x08, 0x08},
                               {0x1.Cp-7, 0x07, 0x07},      {-1e-40, 0x80, 0x80}}) {
    EXPECT_EQ(saturated(e4m3, answer.x), answer.saturated) << std::hexfloat << answer.x;
    EXPECT_EQ(special(e4m3, answer.x), answer.special) << std::hexfloat << answer.x;
  }
}

TEST(Encode, AnswersOfNvidiasE5M2) {
  for (const Answer& answer : {Answer{kNan, 0x7F, 0x7F},
                               {-kNan, 0x7F, 0x7F},
                               {kInfinity, 0x7B, 0x7C},
                               {-kInfinity, 0xFB, 0xFC},
                               {57344, 0x7B, 0x7B},
                               {0x1.DFFFFEp15, 0x7B, 0x7B},
                               {61440, 0x7B, 0x7C},
                               {-61440, 0xFB, 0xFC},
                               {1e30, 0x7B, 0x7C},
                               {0x1p-17, 0x00, 0x00},
                               {-0x1p-17, 0x80, 0x80},
                               {0x1.000002p-17, 0x01, 0x01},
                               {-0.0, 0x80, 0x80},
                               {1, 0x3C, 0x3C}}) {
    EXPECT_EQ(saturated(e5m2, answer.x), answer.saturated) << std::hexfloat << answer.x;
    EXPECT_EQ(special(e5m2, answer.x), answer.special) << std::hexfloat << answer.x;
  }
}

TEST(Encode, SmallFormatsTieToTheEvenCode) {
  EXPECT_EQ(saturated(e2m1, 0.25), 0x0u);
  EXPECT_EQ(saturated(e2m1, 0.75), 0x2u);
  EXPECT_EQ(saturated(e2m1, 1.25), 0x2u);
  EXPECT_EQ(saturated(e2m1, 1.75), 0x4u);
  EXPECT_EQ(saturated(e2m1, 2.5), 0x4u);
  EXPECT_EQ(saturated(e2m1, 3.5), 0x6u);
  EXPECT_EQ(saturated(e2m1, 5.0), 0x6u);
  for (const auto& [format, max] : {std::pair{e2m3, 0x1Fu}, {e3m2, 0x1Fu}, {e2m1, 0x7u}}) {
    EXPECT_EQ(special(format, kNan), max);  // positive, whatever the sign of NaN
    EXPECT_EQ(special(format, -kNan), max);
    EXPECT_EQ(special(format, kInfinity), max);
    EXPECT_EQ(special(format, -1e9), max | format.sign_bit());
    EXPECT_EQ(special(format, -0.0), format.sign_bit());
  }
}

TEST(Encode, FnuzHasOneZeroAndOneNan) {
  for (const Spec& format : {e4m3fnuz, e5m2fnuz}) {
    for (const double x : {-0.0, -1e-12, 0.0}) EXPECT_EQ(saturated(format, x), 0u);
    for (const double x : {kNan, -kNan}) EXPECT_EQ(saturated(format, x), 0x80u);
    for (const double x : {kInfinity, -kInfinity, 1e6, -1e6}) EXPECT_EQ(special(format, x), 0x80u);
    EXPECT_EQ(saturated(format, -kInfinity), 0xFFu);
    EXPECT_TRUE(std::isnan(decode(format, 0x80)));
    EXPECT_FALSE(std::signbit(decode(format, 0x00)));
  }
  EXPECT_EQ(special(e4m3fnuz, 0x1.EFFFFFp7), 0x7Fu);  // below 248, half way to the 256 that is not there
  EXPECT_EQ(special(e4m3fnuz, 248), 0x80u);           // ties to the even code, which is beyond
}

TEST(Encode, Binary8KeepsInfinitiesAndOneNan) {
  const Spec p3 = binary8(3, true);
  EXPECT_EQ(special(p3, kInfinity), 0x7Fu);
  EXPECT_EQ(special(p3, -kInfinity), 0xFFu);
  EXPECT_EQ(special(p3, 53247), 0x7Eu);
  EXPECT_EQ(special(p3, 53248), 0x7Eu);  // half way between 49152 and the 57344 that is not there: to the even code
  EXPECT_EQ(special(p3, -53249), 0xFFu);
  EXPECT_EQ(saturated(p3, -kInfinity), 0xFEu);
  EXPECT_EQ(special(p3, -kNan), 0x80u);
  EXPECT_EQ(special(p3, -0.0), 0u);
  EXPECT_EQ(decode(p3, 0x7F), kInfinity);
  EXPECT_EQ(decode(p3, 0xFF), -kInfinity);
  EXPECT_TRUE(std::isnan(decode(p3, 0x80)));
  EXPECT_EQ(decode(p3, 0x40), 1);
}

TEST(Encode, IntegersAreSymmetricTwosComplement) {
  for (int value = -127; value <= 127; ++value) {
    EXPECT_EQ(saturated(int8, value), static_cast<std::uint8_t>(value));
    EXPECT_EQ(decode(int8, static_cast<std::uint8_t>(value)), value);
    EXPECT_EQ(decode(int8q6, static_cast<std::uint8_t>(value)), value / 64.0);
  }
  EXPECT_EQ(saturated(int8, -128), 0x81u);  // no cast gives the lowest integer, but its code has a value
  EXPECT_EQ(decode(int8, 0x80), -128);
  EXPECT_EQ(saturated(int8, 0.5), 0u);
  EXPECT_EQ(saturated(int8, -0.5), 0u);
  EXPECT_EQ(saturated(int8, 1.5), 2u);
  EXPECT_EQ(saturated(int8, 126.5), 126u);
  EXPECT_EQ(saturated(int8, kInfinity), 127u);
  EXPECT_EQ(special(int8, -kInfinity), 0x81u);
  EXPECT_EQ(saturated(int8, kNan), 0u);
  EXPECT_EQ(saturated(int4, -9), 0x9u);
  EXPECT_EQ(decode(int4, 0x9), -7);
}

TEST(Encode, E8m0RoundsTowardZeroOrUpAsNvidia) {
  const auto down = [](double x) { return encode(e8m0, Rounding::toward_zero, Overflow::saturate, x); };
  const auto up = [](double x) { return encode(e8m0, Rounding::up, Overflow::saturate, x); };
  EXPECT_EQ(down(1), 127u);
  EXPECT_EQ(down(1.99), 127u);
  EXPECT_EQ(up(1.01), 128u);
  EXPECT_EQ(down(-3), 128u);  // the sign does not matter
  EXPECT_EQ(up(-3), 129u);
  EXPECT_EQ(down(0), 0u);
  EXPECT_EQ(up(0), 0u);
  EXPECT_EQ(up(0x1p-127), 0u);
  EXPECT_EQ(up(0x1.000002p-127), 1u);
  EXPECT_EQ(down(0x1.FFFFp-127), 0u);
  EXPECT_EQ(up(0x1.8p127), 254u);
  EXPECT_EQ(encode(e8m0, Rounding::up, Overflow::special, 0x1.8p127), 255u);
  EXPECT_EQ(encode(e8m0, Rounding::toward_zero, Overflow::special, kInfinity), 255u);
  EXPECT_EQ(down(kInfinity), 254u);
  EXPECT_EQ(down(kNan), 255u);
}

TEST(Encode, RoundsDoublesOnce) {
  EXPECT_EQ(E4M3::from(1.0625 + 0x1p-40).code, 0x39);  // as a float it would be a tie, and end at 0x38
  EXPECT_EQ(E4M3::from(0x1p-10 + 0x1p-62).code, 0x01);
}

TEST(Encode, ReturnsEveryCodeOfItsValue) {
  for (const Spec& format : tests::all_kinds_of_formats(8)) {
    for (std::uint32_t code = 0; code < format.code_count(); ++code) {
      const double value = decode(format, code);
      if (std::isnan(value) || format.magnitude(code) > format.magnitude_mask()) continue;  // the lowest integer
      ASSERT_EQ(special(format, value), code) << testing::PrintToString(format);
      ASSERT_EQ(static_cast<double>(static_cast<float>(value)), value);  // valid() promises binary32 values
    }
  }
}

TEST(Encode, WorksAtCompileTime) {
  static_assert(E4M3::from(448).code == 0x7E);
  static_assert(E5M2::from(-1e9, Rounding::nearest_even, Overflow::special).code == 0xFC);
  static_assert(E4M3FNUZ{0x7F}.value() == 240);
  static_assert(E5M2FNUZ{0x01}.value() == 0x1p-17);
  static_assert(decode_table(e4m3)[0x38] == 1.0F);
}

// E4M3FNUZ is E4M3 halved, code for code, so the two may differ only by one in the scaling bias.
TEST(Decode, FnuzIsHalfOfOcp) {
  for (std::uint32_t code = 0; code <= e4m3.max_code(); ++code)
    EXPECT_EQ(2 * decode(e4m3fnuz, code), decode(e4m3, code));
  for (std::uint32_t code = 0; code <= e5m2.max_code(); ++code)
    EXPECT_EQ(2 * decode(e5m2fnuz, code), decode(e5m2, code));
}

TEST(Decode, ReadsSubnormalsZerosAndSpecials) {
  EXPECT_EQ(decode(e4m3, 0x01), 0x1p-9);
  EXPECT_EQ(decode(e4m3, 0x07), 7 * 0x1p-9);
  EXPECT_EQ(decode(e4m3, 0x08), 0x1p-6);
  EXPECT_EQ(decode(e5m2, 0x7C), kInfinity);
  EXPECT_EQ(decode(e5m2, 0xFC), -kInfinity);
  EXPECT_TRUE(std::signbit(decode(e4m3, 0x80)));
  EXPECT_EQ(decode(e4m3, 0x80), 0.0);
  EXPECT_EQ(decode(e8m0, 0), 0x1p-127);
  EXPECT_EQ(decode(e8m0, 254), 0x1p127);
  constexpr double kFp4[] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};
  for (std::uint32_t code = 0; code < 8; ++code) EXPECT_EQ(decode(e2m1, code), kFp4[code]);
}

}  // namespace
}  // namespace octavo::formats
