// The kernels' integer form of FP8-AMAX's bias is the twin of scaling/policy/amax.h.
#include "cuda/kernels/amax_bias.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>

#include "scaling/policy/amax.h"

namespace octavo::cuda {
namespace {

TEST(AmaxBias, EqualsThePolicyAtEveryExponentAndAroundItsThresholds) {
  for (const auto& [format, spec] : {std::pair{Fp8::e4m3, formats::e4m3}, {Fp8::e5m2, formats::e5m2}}) {
    for (const int margin : {0, 3}) {
      const scaling::Amax policy{margin};
      for (std::uint32_t field = 0; field <= 255; ++field) {
        for (const std::uint32_t fraction : {0x000000u, 0x000001u, 0x000002u, 0x000100u, 0x3FFFFFu, 0x400000u,
                                             0x5FFFFFu, 0x600000u, 0x600001u, 0x7FFFFFu}) {
          const std::uint32_t bits = field << 23 | fraction;
          scaling::Observation observed;
          observed.amax.value = std::bit_cast<float>(bits);
          observed.amax.has_nan = std::isnan(observed.amax.value);
          ASSERT_EQ(policy.scale(spec, observed).bias(), amax_bias(format, bits, margin)) << std::hex << bits;
        }
      }
    }
  }
}

TEST(AmaxBias, ScalesArePowersOfTwo) {
  for (int bias = -127; bias <= 127; ++bias) EXPECT_EQ(std::ldexp(1.0F, bias), std::bit_cast<float>(scale_bits(bias)));
}

}  // namespace
}  // namespace octavo::cuda
