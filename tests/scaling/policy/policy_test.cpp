// FP8-AMAX and FP8-CSCALE: the definitions of arXiv 2309.17224 and their edges.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "formats/decode.h"
#include "scaling/policy/amax.h"
#include "scaling/policy/cscale.h"

namespace octavo::scaling {
namespace {

int amax_bias(const formats::Spec& format, float amax, int margin = 0) {
  return Amax{margin}.bias(format, {{amax, false}});
}

TEST(Amax, IsTheFloorOfTheLogarithm) {
  EXPECT_EQ(amax_bias(formats::e4m3, 448.0F), 0);
  EXPECT_EQ(amax_bias(formats::e4m3, std::nextafter(448.0F, 1e9F)), -1);
  EXPECT_EQ(amax_bias(formats::e4m3, 224.0F), 1);
  EXPECT_EQ(amax_bias(formats::e4m3, std::nextafter(224.0F, 0.0F)), 1);
  EXPECT_EQ(amax_bias(formats::e4m3, 1.0F), 8);
  EXPECT_EQ(amax_bias(formats::e4m3fnuz, 1.0F), 7);
  EXPECT_EQ(amax_bias(formats::e5m2, 1.0F), 15);
  EXPECT_EQ(amax_bias(formats::e5m2, 1.0F, 3), 12);
}

TEST(Amax, NeverOverflowsAndIsTheLargestThatDoesNot) {
  std::mt19937_64 generator(1);
  for (const formats::Spec& format :
       {formats::e4m3, formats::e4m3fnuz, formats::e5m2, formats::e5m2fnuz, formats::e2m1}) {
    const double max = formats::decode(format, format.max_code());
    for (int i = 0; i < 20000; ++i) {
      const auto amax =
          std::ldexp(1.0F + static_cast<float>(generator() >> 41) * 0x1p-23F, static_cast<int>(generator() % 180) - 90);
      const int b = amax_bias(format, amax);
      EXPECT_LE(std::ldexp(static_cast<double>(amax), b), max);
      EXPECT_GT(std::ldexp(static_cast<double>(amax), b + 1), max);
    }
  }
}

TEST(Amax, ClampsAndDefinesTheEdges) {
  EXPECT_EQ(amax_bias(formats::e4m3, std::numeric_limits<float>::denorm_min()), 127);
  EXPECT_EQ(amax_bias(formats::e4m3, std::numeric_limits<float>::max()), -120);
  EXPECT_EQ(amax_bias(formats::e4m3, std::numeric_limits<float>::max(), 100), -127);
  EXPECT_EQ(amax_bias(formats::e4m3, 0.0F), 0);
  EXPECT_EQ(amax_bias(formats::e4m3, std::numeric_limits<float>::infinity()), 0);
  EXPECT_EQ(Amax{}.bias(formats::e4m3, {{1.0F, true}}), 0);
}

TEST(Cscale, IsConstant) {
  EXPECT_EQ(Cscale{-5}.bias(formats::e4m3, {{3.0F, true}}), -5);
  EXPECT_EQ(Cscale::needs, Needs::nothing);
}

}  // namespace
}  // namespace octavo::scaling
