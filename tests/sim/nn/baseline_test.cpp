// Rounding to the baseline type is one nearest-even encode, whatever the pieces and threads.
#include "sim/nn/baseline.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "formats/decode.h"
#include "formats/encode.h"
#include "formats/spec.h"
#include "tests/sim/every_setting.h"
#include "tests/sim/random_normal.h"

namespace octavo::sim::nn {
namespace {

TEST(Baseline, RoundsOnceToTheType) {
  std::vector<float> x = random_normal(100'001, 1, 1e3F);  // several pieces and a rest
  x[5] = 65520.0F;                                         // FP16 overflows to infinity
  x[6] = std::numeric_limits<float>::max();
  x[7] = 1e-8F;
  for (const auto& [baseline, spec] :
       {std::pair{scaling::Baseline::bf16, formats::bf16}, {scaling::Baseline::fp16, formats::fp16}}) {
    std::vector<float> expected;
    for (const float value : x)
      expected.push_back(static_cast<float>(formats::decode(
          spec, formats::encode(spec, formats::Rounding::nearest_even, formats::Overflow::special, value))));
    for_every_setting([&] {
      std::vector<float> y = x;
      round_to(baseline, y.data(), static_cast<std::int64_t>(y.size()));
      EXPECT_EQ(y, expected);
    });
  }
}

TEST(Baseline, Fp32LeavesValuesAlone) {
  const std::vector<float> x = random_normal(1000, 2);
  std::vector<float> y = x;
  round_to(scaling::Baseline::fp32, y.data(), 1000);
  EXPECT_EQ(y, x);
}

}  // namespace
}  // namespace octavo::sim::nn
