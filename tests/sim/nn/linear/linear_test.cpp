// Linear against products worked out by hand under AMAX and CSCALE, and what it shares, keeps and records.
#include "sim/nn/linear/linear.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "formats/encode.h"
#include "sim/gemm/catalog/engines.h"
#include "tests/sim/every_setting.h"
#include "tests/sim/random_normal.h"

namespace octavo::sim::nn {
namespace {

using scaling::Baseline;
using scaling::Role;
using testing::ElementsAre;

scaling::LinearRule rule(std::optional<scaling::Cast> weight, std::optional<scaling::Cast> activation) {
  scaling::LinearRule result;
  result.casts[static_cast<std::size_t>(Role::weight)] = weight;
  result.casts[static_cast<std::size_t>(Role::activation)] = activation;
  return result;
}
scaling::Cast amax_cast() { return {formats::e4m3, scaling::Amax{}}; }
scaling::Cast constant(int bias) { return {formats::e4m3, scaling::Cscale{bias}}; }

LinearEngines engine(const std::string& name = "fp32") {
  LinearEngines engines;
  engines.fill(std::shared_ptr<const gemm::Engine>(gemm::make_engine({name})));
  return engines;
}

/// Keeps what it is shown.
struct Recording : CastObserver {
  struct Seen {
    int linear;
    Role role;
    int bias;
    std::uint64_t underflow, overflow;
    bool operator==(const Seen&) const = default;
  };
  std::vector<Seen> seen;

  bool wants(int, Role) const override { return true; }
  void observe(int linear, Role role, const CastOutcome& outcome) override {
    seen.push_back({linear, role, outcome.scale.bias(), outcome.statistics.underflow, outcome.statistics.overflow});
  }
};

// W = 2 x 3, x = 1 x 3. E4M3 keeps 4 significant bits: 1.0625 becomes 1.0, 9.5 becomes 10 (a tie to even), 17
// becomes 16.
const std::vector<float> kWeight{1.0625F, 2.0F, 0.5F, -1.0F, 9.5F, 4.0F};
const std::vector<float> kBias{0.25F, -100.0F};
const std::vector<float> kInput{1.0F, 3.0F, 17.0F};

std::vector<float> run(const scaling::LinearRule& by, Baseline baseline = Baseline::fp32,
                       CastObserver* observer = nullptr, const std::vector<float>& input = kInput) {
  Linear<float> linear(7, kWeight, kBias, 2, 3);
  linear.apply(by, baseline, engine());
  if (observer != nullptr) linear.observe_weight(*observer);
  LinearInput<float> x(input.data(), static_cast<std::int64_t>(input.size()) / 3, 3);
  std::vector<float> y(input.size() / 3 * 2);
  linear.forward(x, y.data(), {observer});
  return y;
}

TEST(Linear, WithoutCasts) {
  // 1.0625 + 6 + 8.5 + 0.25; -1 + 28.5 + 68 - 100
  EXPECT_THAT(run({}), ElementsAre(15.8125F, -4.5F));
  const Linear<double> in_double(7, kWeight, kBias, 2, 3);
  const std::vector<double> input(kInput.begin(), kInput.end());
  LinearInput<double> x(input.data(), 1, 3);
  std::vector<double> y(2);
  in_double.forward(x, y.data(), {});
  EXPECT_THAT(y, ElementsAre(15.8125, -4.5));
}

TEST(Linear, UnderAmax) {
  // amax 9.5: floor(log2(448 / 9.5)) = 5; amax 17: floor(log2(448 / 17)) = 4. Powers of two leave the rounding of
  // normal values alone: 1 + 6 + 8 + 0.25; -1 + 30 + 64 - 100.
  Recording recording;
  EXPECT_THAT(run(rule(amax_cast(), amax_cast()), Baseline::fp32, &recording), ElementsAre(15.25F, -7.0F));
  EXPECT_THAT(recording.seen,
              ElementsAre(Recording::Seen{7, Role::weight, 5, 0, 0}, Recording::Seen{7, Role::activation, 4, 0, 0}));
}

TEST(Linear, UnderConstantBiases) {
  // Bias 6: 9.5 * 64 saturates at 448, which is 7. Bias -11: 1 becomes 2^-11 and 3 becomes 1.5 * 2^-10, which E4M3's
  // step of 2^-9 rounds to 0 and 2^-9; 17 becomes 4.25 * 2^-9, rounded to 4 * 2^-9. So x is 0, 4, 16.
  Recording recording;
  EXPECT_THAT(run(rule(constant(6), constant(-11)), Baseline::fp32, &recording),
              ElementsAre(2 * 4.0F + 0.5F * 16.0F + 0.25F, 7 * 4.0F + 4 * 16.0F - 100.0F));
  EXPECT_THAT(recording.seen,
              ElementsAre(Recording::Seen{7, Role::weight, 6, 0, 1}, Recording::Seen{7, Role::activation, -11, 1, 0}));
}

TEST(Linear, CastsOneRoleAlone) {
  EXPECT_THAT(run(rule(constant(0), std::nullopt)),
              ElementsAre(1.0F + 6.0F + 8.5F + 0.25F, -1.0F + 30.0F + 68.0F - 100.0F));
  EXPECT_THAT(run(rule(std::nullopt, constant(0))),
              ElementsAre(1.0625F + 6.0F + 8.0F + 0.25F, -1.0F + 28.5F + 64.0F - 100.0F));
}

TEST(Linear, RoundsToTheBaselineLast) {
  // BF16 has 8 significant bits: 15.8125 = 253 / 16 and -4.5 stay; 15.84375 = 253.5 / 16 goes to the even 254 / 16.
  const std::vector<float> input{1.0F, 3.0F, 17.0F, 1.0F, 3.0F, 17.0625F};
  EXPECT_THAT(run({}, Baseline::bf16, nullptr, input), ElementsAre(15.8125F, -4.5F, 15.875F, -4.25F));
}

TEST(Linear, BiasesMayAddUpBeyondBinary32) {
  // Codes of 448 on both sides: 448^2 * 2^-160 = 49 * 2^-148 is a binary32 value, 2^-160 is none.
  const std::vector<float> weight{448.0F * 0x1p-80F};
  Linear<float> linear(0, weight, {}, 1, 1);
  linear.apply(rule(constant(80), constant(80)), Baseline::fp32, engine());
  LinearInput<float> x(weight.data(), 1, 1);
  float y = 0.0F;
  linear.forward(x, &y, {});
  EXPECT_EQ(y, 49.0F * 0x1p-148F);
}

TEST(Linear, InputsAreCastOncePerRule) {
  Linear<float> first(1, kWeight, {}, 2, 3);
  Linear<float> second(2, kWeight, {}, 2, 3);
  const auto fp32 = engine();
  first.apply(rule(amax_cast(), constant(1)), Baseline::fp32, fp32);
  second.apply(rule(amax_cast(), constant(1)), Baseline::fp32, fp32);
  std::vector<float> input = kInput;
  LinearInput<float> x(input.data(), 1, 3);
  std::vector<float> y(2), z(2);
  first.forward(x, y.data(), {});
  input.assign(3, 0.0F);  // shows whether the second layer looks at the values again
  second.forward(x, z.data(), {});
  EXPECT_EQ(z, y);
  // Recording needs the statistics, another rule other codes: both cast again.
  Recording recording;
  second.forward(x, z.data(), {&recording});
  EXPECT_THAT(z, ElementsAre(0.0F, 0.0F));
  input = kInput;
  second.apply(rule(amax_cast(), constant(2)), Baseline::fp32, fp32);
  second.forward(x, z.data(), {});
  EXPECT_EQ(z, y);
}

TEST(Linear, FollowsTheLatestRule) {
  Linear<float> linear(7, kWeight, kBias, 2, 3);
  const auto fp32 = engine();
  const auto forward = [&] {
    LinearInput<float> x(kInput.data(), 1, 3);
    std::vector<float> y(2);
    linear.forward(x, y.data(), {});
    return y;
  };
  for (const scaling::LinearRule& by :
       {rule(amax_cast(), amax_cast()), scaling::LinearRule{}, rule(constant(6), constant(-11)),
        rule(constant(6), amax_cast()), rule(std::nullopt, constant(0)), rule(amax_cast(), amax_cast())}) {
    linear.apply(by, Baseline::fp32, fp32);
    EXPECT_EQ(forward(), run(by));
  }
  linear.apply({}, Baseline::bf16, fp32);
  EXPECT_EQ(forward(), run({}, Baseline::bf16));
  linear.apply({}, Baseline::fp32, fp32);
  EXPECT_EQ(forward(), run({}));
}

TEST(Linear, EnginesOfCodesLeaveUncastOperandsToFp32) {
  const auto tensor_core = engine("hopper-wgmma");
  const scaling::LinearRule half = rule(constant(0), std::nullopt);
  Linear<float> linear(7, kWeight, kBias, 2, 3);
  linear.apply(half, Baseline::fp32, tensor_core);
  LinearInput<float> x(kInput.data(), 1, 3);
  std::vector<float> y(2);
  linear.forward(x, y.data(), {});
  EXPECT_EQ(y, run(half));
}

TEST(Cast, IsEncodeOfTheScaledValue) {
  const std::vector<float> x = random_normal(100'000, 1);  // several pieces
  for (const scaling::Cast& by : {amax_cast(), constant(-3), scaling::Cast{formats::e5m2, scaling::Amax{1}}})
    for (const bool with_outcome : {false, true}) {
      const CastTensor result = scaling::cast(x, 1000, by, with_outcome);
      for (std::size_t i = 0; i < x.size(); ++i)
        ASSERT_EQ(result.codes[i],
                  formats::encode(by.format, formats::Rounding::nearest_even, formats::Overflow::saturate,
                                  std::ldexp(static_cast<double>(x[i]), result.scale().bias())));
      EXPECT_EQ(result.outcome != nullptr, with_outcome);
    }
}

TEST(Cast, OutcomeCountsAndIsTheSameInEverySetting) {
  std::vector<float> x = random_normal(100'000, 1);
  x[3] = 0.0F;
  x[70'000] = 1e6F;
  x[99'999] = 1e-6F;
  const CastTensor expected = scaling::cast(x, 1000, constant(4), true);
  EXPECT_EQ(expected.outcome->amax.value, 1e6F);
  EXPECT_EQ(expected.outcome->statistics.count, x.size());
  EXPECT_EQ(expected.outcome->statistics.overflow, 1U);
  EXPECT_GE(expected.outcome->statistics.underflow, 1U);
  EXPECT_EQ(expected.outcome->exponents[127 + 19], 1U);  // 2^19 <= 1e6 < 2^20
  for_every_setting([&] {
    const CastTensor result = scaling::cast(x, 1000, constant(4), true);
    EXPECT_EQ(result.outcome->statistics, expected.outcome->statistics);
    EXPECT_EQ(result.outcome->exponents, expected.outcome->exponents);
  });
}

TEST(Linear, SameBitsInEverySetting) {
  constexpr std::int64_t kRows = 150, kOutputs = 230, kInputs = 170;
  const std::vector<float> weight = random_normal(kOutputs * kInputs, 1);
  const std::vector<float> bias = random_normal(kOutputs, 2);
  const std::vector<float> input = random_normal(kRows * kInputs, 3);
  for (const char* name : {"fp32", "hopper-wgmma"})
    expect_same_bits_in_every_setting([&] {
      Linear<float> linear(0, weight, bias, kOutputs, kInputs);
      linear.apply(rule(amax_cast(), amax_cast()), Baseline::fp32, engine(name));
      LinearInput<float> x(input.data(), kRows, kInputs);
      std::vector<float> y(kRows * kOutputs);
      linear.forward(x, y.data(), {});
      return y;
    });
}

}  // namespace
}  // namespace octavo::sim::nn
