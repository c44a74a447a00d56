// NaN and infinity in casts: they reach the values under every format, policy and granularity, and stay out of the
// statistics of biases.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "formats/catalog.h"
#include "messages/error.h"
#include "scaling/cast.h"
#include "scaling/recipe/policy_text.h"
#include "scaling/recipe/recipe.h"

namespace octavo::scaling {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::int64_t kRows = 4, kColumns = 64;
constexpr std::size_t kWhere = 70;  // row 1, column 6

std::vector<float> matrix(float special) {
  std::vector<float> x(kRows * kColumns);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.01F * static_cast<float>(i % 97) - 0.4F;
  x[kWhere] = special;
  return x;
}

std::vector<float> values_of(const std::vector<float>& x, const Cast& rule, CastOutcome* outcome = nullptr) {
  const CastTensor tensor = cast(x, kColumns, rule, true);
  if (outcome != nullptr) *outcome = *tensor.outcome;
  std::vector<float> values(x.size());
  dequantize(tensor, rule, kColumns, values);
  return values;
}

const std::vector<Policy> kPolicies{Amax{}, Cscale{2}, Current{}, Mx{}, Nvfp4{}, LeastError{}, Percentile{}, Entropy{}};
const std::vector<Granularity> kGranularities{kTensor, kRow, block(1, 32), block(2, 16)};

TEST(SpecialValues, NanReachesTheValuesUnderEveryFormatPolicyAndGranularity) {
  const std::vector<float> x = matrix(kNan);
  for (const char* format : {"e4m3", "e5m2", "e4m3fnuz", "e2m3", "e3m2", "e2m1", "int8"})
    for (const Policy& policy : kPolicies)
      for (const Granularity& granularity : kGranularities) {
        const Cast rule{formats::spec(format), policy, granularity};
        SCOPED_TRACE(std::string(format) + " " + to_text(Scaling{policy, granularity}));
        EXPECT_TRUE(std::isnan(values_of(x, rule)[kWhere]));
      }
}

TEST(SpecialValues, OnlyThePartThatHoldsTheNanLosesItsOthers) {
  for (const Granularity& granularity : kGranularities) {
    const Cast rule{formats::spec("e2m1"), Amax{}, granularity};
    CastOutcome outcome;
    const std::vector<float> values = values_of(matrix(kNan), rule, &outcome);
    const BlockGrid grid(granularity, kRows, kColumns);
    for (std::int64_t i = 0; i < kRows * kColumns; ++i)
      EXPECT_EQ(std::isnan(values[static_cast<std::size_t>(i)]), grid.of(i / kColumns, i % kColumns) == grid.of(1, 6))
          << i;
    EXPECT_EQ(outcome.nan_scales, 1u);
    EXPECT_EQ(outcome.without_bias, 1u);
    EXPECT_EQ(outcome.statistics.nan, 1u);
  }
}

TEST(SpecialValues, AFormatWithNanKeepsItInItsElement) {
  CastOutcome outcome;
  const std::vector<float> values = values_of(matrix(kNan), {formats::e4m3, Amax{}, block(1, 32)}, &outcome);
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(std::isnan(values[i]), i == kWhere);
  EXPECT_EQ(outcome.nan_scales, 0u);
}

TEST(SpecialValues, InfinitySaturatesOrPropagates) {
  const std::vector<float> x = matrix(-kInfinity);
  for (const char* format : {"e4m3", "e5m2", "e2m1", "int8"}) {
    Cast rule{formats::spec(format), Cscale{0}};
    CastOutcome outcome;
    EXPECT_EQ(values_of(x, rule, &outcome)[kWhere], -static_cast<float>(max_of(rule.format))) << format;
    EXPECT_EQ(outcome.infinite(), 1u);
    EXPECT_EQ(outcome.nan_scales, 0u);
    rule.overflow = formats::Overflow::special;
    const float value = values_of(x, rule)[kWhere];
    EXPECT_EQ(value == -kInfinity, rule.format.has_infinity()) << format;
    EXPECT_EQ(std::isnan(value), !rule.format.has_infinity()) << format;
  }
}

TEST(SpecialValues, FiniteValuesCastAsWithoutThem) {
  const std::vector<float> x = matrix(0.3F);
  for (const char* format : {"e2m1", "int8"}) {
    CastOutcome outcome;
    values_of(x, {formats::spec(format), Amax{}, block(1, 32)}, &outcome);
    EXPECT_EQ(outcome.nan_scales + outcome.without_bias + outcome.statistics.nan + outcome.infinite(), 0u);
  }
}

TEST(SpecialValues, PartsWithoutAValueHaveNoBias) {
  std::vector<float> x(8 * 32, 0.0F);
  for (std::size_t i = 0; i < 32; ++i) x[i] = static_cast<float>(i);
  for (const Policy& policy : {Policy(Amax{}), Policy(Mx{}), Policy(Current{}), Policy(Nvfp4{})}) {
    const CastTensor tensor = cast(x, 32, {formats::e4m3, policy, block(1, 32)}, true);
    EXPECT_EQ(tensor.outcome->blocks, 8u);
    EXPECT_EQ(tensor.outcome->without_bias, 7u);
    const auto& biases = tensor.outcome->biases;
    EXPECT_EQ(std::accumulate(biases.begin(), biases.end(), 0u), 1u);
  }
  // A constant bias is one whatever the values are.
  EXPECT_EQ(cast(x, 32, {formats::e4m3, Cscale{3}, block(1, 32)}, true).outcome->without_bias, 0u);
}

TEST(SpecialValues, DelayedScalesStandInUntilAStepHasAValue) {
  const Cast rule{formats::e4m3, Delayed{4}};
  const auto biased = [&](const std::vector<float>& x, AmaxHistory& past) {
    const CastTensor tensor = cast(x, 32, rule, true, &past);
    advance(rule.scaling, rule.format, past, tensor.amax);
    return tensor.outcome->without_bias == 0;
  };
  const std::vector<float> values(32, 3.0F), zeros(32, 0.0F), nan(32, kNan);
  AmaxHistory past;
  EXPECT_FALSE(biased(zeros, past));
  EXPECT_FALSE(biased(values, past));  // under the scale 1 of a step that has seen nothing
  EXPECT_TRUE(biased(values, past));
  EXPECT_TRUE(biased(nan, past));  // its own amax is not read
  EXPECT_TRUE(biased(zeros, past));
  AmaxHistory in_time;
  const Cast window{formats::e4m3, Fp8Lm{4}};
  const auto stand_ins = [&](const std::vector<float>& x) {
    const CastTensor tensor = cast(x, 32, window, true, &in_time);
    advance(window.scaling, window.format, in_time, tensor.amax);
    return tensor.outcome->without_bias;
  };
  EXPECT_EQ(stand_ins(zeros), 1u);
  EXPECT_EQ(stand_ins(values), 0u);
  EXPECT_EQ(stand_ins(zeros), 0u);  // the scale that was
}

TEST(SpecialValues, TheRecipeSaysWhatOverflowDoes) {
  const char* text = "overflow = \"propagate\"\n[cast]\nweight = { format = \"e5m2\", scaling = \"amax\" }\n";
  const Recipe recipe = parse_recipe(text, "r.toml");
  EXPECT_EQ(recipe.resolve("decoder.0.mlp.up")[Role::weight]->overflow, formats::Overflow::special);
  EXPECT_EQ(parse_recipe(to_toml(recipe), "again"), recipe);
  EXPECT_EQ(default_recipe().resolve("x")[Role::weight]->overflow, formats::Overflow::saturate);
  try {
    parse_recipe("overflow = \"wrap\"\n", "r.toml");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "r.toml:1: unknown overflow 'wrap'; give saturate or propagate");
  }
}

}  // namespace
}  // namespace octavo::scaling
