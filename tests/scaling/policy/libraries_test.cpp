// Policies of libraries against what their sources and tests say, edge by edge.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "scaling/policy/policies.h"

namespace octavo::scaling {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kLargest = std::numeric_limits<float>::max();
constexpr float kTiniest = std::numeric_limits<float>::denorm_min();

// Transformer Engine, common/recipe/recipe_common.cuh, compute_scale_from_amax: amax 0 and infinite give 1, a NaN
// quotient 1, an infinite quotient FLT_MAX; pow2 clears the mantissa of the result. Its tests
// (tests/pytorch/references/ref_per_tensor_cs.py, test_float8_current_scaling_exact.py) do the same.
TEST(Current, IsTransformerEnginesFormula) {
  const struct {
    float amax;
    bool has_nan;
    float e4m3, e5m2, e4m3_pow2;
  } table[] = {
      {448.0F, false, 1.0F, 128.0F, 1.0F},
      {1.0F, false, 448.0F, 57344.0F, 256.0F},
      {3.0F, false, 448.0F / 3.0F, 57344.0F / 3.0F, 128.0F},
      {1000.0F, false, 448.0F / 1000.0F, 57344.0F / 1000.0F, 0.25F},
      {0.0F, false, 1.0F, 1.0F, 1.0F},
      {kInfinity, false, 1.0F, 1.0F, 1.0F},
      {1.0F, true, 1.0F, 1.0F, 1.0F},
      {kTiniest, false, kLargest, kLargest, 0x1p127F},
      {0x1p-125F, false, kLargest, kLargest, 0x1p127F},
      {kLargest, false, 448.0F / kLargest, 57344.0F / kLargest, 0x1p-120F},
  };
  for (const auto& row : table) {
    const Observation seen{{row.amax, row.has_nan}};
    EXPECT_EQ(Current{}.scale(formats::e4m3, seen).factor, row.e4m3) << row.amax;
    EXPECT_EQ(Current{}.scale(formats::e5m2, seen).factor, row.e5m2) << row.amax;
    EXPECT_EQ(Current{true}.scale(formats::e4m3, seen).factor, row.e4m3_pow2) << row.amax;
    EXPECT_EQ(Current{}.scale(formats::e4m3, seen).inverse, 1.0F / row.e4m3) << row.amax;
  }
}

// torchao, float8/float8_utils.py, amax_to_scale: finfo.max / max(amax, 1e-12), the quotient in binary64 rounded to
// binary32, then rounded down to a power of two if asked. Where amax is at least 1e-12 both agree, for a quotient of
// binary32 numbers rounded twice by way of binary64 is rounded right; below, torchao stops at max / 1e-12.
TEST(Current, IsTorchaosFormulaWhereThatDoesNotClamp) {
  for (const float amax : {1e-12F, 1e-6F, 0.1F, 1.0F, 3.0F, 7.25F, 1e5F, 3e38F}) {
    const auto torchao = static_cast<float>(448.0 / static_cast<double>(amax));
    EXPECT_EQ(Current{}.scale(formats::e4m3, {{amax, false}}).factor, torchao) << amax;
    EXPECT_EQ(Current{true}.scale(formats::e4m3, {{amax, false}}).factor,
              static_cast<float>(std::ldexp(1.0, std::ilogb(torchao))))
        << amax;
  }
}

/// The factors of a sequence of steps, each under what came before.
template <class P>
std::vector<float> factors(const P& policy, const formats::Spec& format, const std::vector<float>& amaxes) {
  AmaxHistory past;
  std::vector<float> result;
  for (const float amax : amaxes) {
    const formats::MeasuredAmax seen{std::isnan(amax) ? 0.0F : amax, std::isnan(amax)};
    result.push_back(scale(policy, format, {seen}, past).factor);
    scaling::advance(policy, format, past, seen);
  }
  return result;
}

// Transformer Engine, common/recipe/delayed_scaling.cu: kernel and kernel_bulk. tests/pytorch/test_recipe.py checks the
// same updates: margin, "max" and "most_recent", a rolled history.
TEST(Delayed, StartsAtOneAndFollowsTheLargestOfTheWindow) {
  EXPECT_EQ(factors(Delayed{2, AmaxAlgorithm::max, 0}, formats::e4m3, {448.0F, 224.0F, 112.0F, 56.0F, 28.0F, 28.0F}),
            (std::vector<float>{1.0F, 1.0F, 1.0F, 2.0F, 4.0F, 8.0F}));
  EXPECT_EQ(factors(Delayed{2, AmaxAlgorithm::most_recent, 0}, formats::e4m3, {448.0F, 224.0F, 112.0F, 56.0F}),
            (std::vector<float>{1.0F, 1.0F, 2.0F, 4.0F}));
  EXPECT_EQ(factors(Delayed{1, AmaxAlgorithm::max, 0}, formats::e4m3, {448.0F, 224.0F, 112.0F}),
            (std::vector<float>{1.0F, 1.0F, 2.0F}));
  EXPECT_EQ(factors(Delayed{16, AmaxAlgorithm::max, 3}, formats::e5m2, {1.0F, 1.0F}),
            (std::vector<float>{1.0F, 57344.0F / 8.0F}));
  EXPECT_EQ(factors(Delayed{}, formats::e4m3, {3.0F, 1.0F}), (std::vector<float>{1.0F, 448.0F / 3.0F}));
}

TEST(Delayed, KeepsTheScaleOverAmaxesThatSayNothing) {
  // Zero: the maximum of the window is still 4. Once it has left the window, the scale stays.
  EXPECT_EQ(factors(Delayed{2}, formats::e4m3, {4.0F, 0.0F, 0.0F, 0.0F}),
            (std::vector<float>{1.0F, 112.0F, 112.0F, 112.0F}));
  // An infinite amax keeps the scale until it leaves the window; NaN takes no part in the maximum (fmaxf).
  EXPECT_EQ(factors(Delayed{2}, formats::e4m3, {4.0F, kInfinity, 8.0F, 8.0F, 1.0F}),
            (std::vector<float>{1.0F, 112.0F, 112.0F, 112.0F, 56.0F}));
  EXPECT_EQ(factors(Delayed{2}, formats::e4m3, {4.0F, kNan, 8.0F, 1.0F}),
            (std::vector<float>{1.0F, 112.0F, 112.0F, 56.0F}));
  // With most_recent each of the three keeps it for its own step.
  const Delayed recent{16, AmaxAlgorithm::most_recent};
  EXPECT_EQ(factors(recent, formats::e4m3, {4.0F, kNan, kInfinity, 0.0F, 8.0F, 1.0F}),
            (std::vector<float>{1.0F, 112.0F, 112.0F, 112.0F, 112.0F, 56.0F}));
}

TEST(Delayed, DefinesScalesThatOverflow) {
  EXPECT_EQ(factors(Delayed{}, formats::e5m2, {kTiniest, 1.0F}).back(), kLargest);
  AmaxHistory past;
  Delayed{1, AmaxAlgorithm::max, 127}.advance(formats::e4m3, past, kLargest);  // 2^-246: below binary32
  EXPECT_EQ(past.scale, (Scale{0x1p-127F, 0x1p127F}));
}

TEST(Delayed, SaturatesForOneStepAfterAJumpWhereAmaxNeverDoes) {
  const std::vector<float> amaxes{1.0F, 1.0F, 64.0F, 64.0F};
  const std::vector<float> delayed = factors(Delayed{16}, formats::e4m3, amaxes);
  EXPECT_GT(delayed[2] * amaxes[2], 448.0F);
  EXPECT_LE(delayed[3] * amaxes[3], 448.0F);
  for (const float amax : amaxes) EXPECT_LE(Amax{}.scale(formats::e4m3, {{amax, false}}).factor * amax, 448.0F);
}

TEST(Delayed, OfATensorWithoutAPastIsItsSteadyState) {
  EXPECT_EQ((Delayed{1024, AmaxAlgorithm::max, 1}.scale(formats::e4m3, {{2.0F, false}}).factor), 112.0F);
  EXPECT_EQ(Delayed{}.scale(formats::e4m3, {{kInfinity, false}}), Scale{});
  EXPECT_EQ(Delayed{}.scale(formats::e4m3, {{0.0F, false}}), Scale{});
}

// MS-AMP, common/tensor/meta.py: compute_scaling_factor is 2^(floor(log2(fp_max / amax)) - margin) with the old scale
// where amax is zero or not finite; is_in_time_scaling while the window is not full, always for a window of 1.
TEST(Fp8Lm, IsInTimeUntilItsWindowIsFullThenFollowsItsMaximum) {
  EXPECT_EQ(factors(Fp8Lm{2, 0}, formats::e4m3, {1.0F, 100.0F, 1.0F, 1.0F, 1.0F}),
            (std::vector<float>{256.0F, 4.0F, 4.0F, 4.0F, 256.0F}));
  EXPECT_EQ(factors(Fp8Lm{1, 0}, formats::e4m3, {1.0F, 100.0F, 3.0F}), (std::vector<float>{256.0F, 4.0F, 128.0F}));
  EXPECT_EQ(factors(Fp8Lm{1, 2}, formats::e5m2, {1.0F}), (std::vector<float>{8192.0F}));
}

TEST(Fp8Lm, DefinesTheEdges) {
  // Nothing to scale by: the scale of before, at first 1.
  EXPECT_EQ(factors(Fp8Lm{1, 0}, formats::e4m3, {0.0F, 1.0F, 0.0F}), (std::vector<float>{1.0F, 256.0F, 256.0F}));
  // Not finite: the window starts anew, so the next step is in-time again.
  EXPECT_EQ(factors(Fp8Lm{2, 0}, formats::e4m3, {100.0F, 100.0F, kNan, 1.0F, kInfinity, 3.0F}),
            (std::vector<float>{4.0F, 4.0F, 4.0F, 256.0F, 256.0F, 128.0F}));
  EXPECT_EQ(factors(Fp8Lm{1, 0}, formats::e4m3, {kTiniest}), (std::vector<float>{0x1p127F}));
}

// OCP MX 1.0, section 6.3, and torchao's test_mx_tensor.py for RCEIL: what 2^-exponent becomes.
TEST(Mx, FollowsTheSpecification) {
  const struct {
    formats::Spec format;
    float amax;
    int floor, rceil;
  } table[] = {
      {formats::e4m3, 448.0F, 0, 0},  // emax 8
      {formats::e4m3, 449.0F, 0, 1},  // saturates under floor
      {formats::e4m3, 511.0F, 0, 1},
      {formats::e4m3, 512.0F, 1, 1},
      {formats::e4m3, 1.0F, -8, -8},
      {formats::e4m3, 120.5F, -2, -1},
      {formats::e5m2, 57344.0F, 0, 0},  // emax 15
      {formats::e5m2, 1.0F, -15, -15},
      {formats::e2m1, 6.0F, 0, 0},  // emax 2
      {formats::e2m1, 7.0F, 0, 1},
      {formats::e3m2, 28.0F, 0, 0},  // emax 4
      {formats::e2m3, 7.5F, 0, 0},   // emax 2
      {formats::int8q6, 1.984375F, 0, 0},
      {formats::int8q6, 1.0F, 0, 0},
      {formats::e4m3, 0.0F, -127, -127},
      {formats::e4m3, kTiniest, -127, -127},
      {formats::e4m3, 0x1p-126F, -127, -127},
      {formats::e4m3, kLargest, 119, 120},
      {formats::e4m3, kInfinity, 119, 120},
  };
  for (const auto& row : table) {
    const Observation seen{{row.amax, false}};
    EXPECT_EQ(-Mx{MxRounding::floor}.scale(row.format, seen).bias(), row.floor) << row.amax;
    EXPECT_EQ(-Mx{MxRounding::rceil}.scale(row.format, seen).bias(), row.rceil) << row.amax;
  }
}

// What is computed for many blocks at once is what each block would get.
TEST(BlockPolicies, ScaleManyBlocksAsEachAlone) {
  std::vector<formats::MeasuredAmax> amaxes;
  for (std::uint32_t bits = 0; bits <= 0x7F800000u; bits += 0x2F731u)
    amaxes.push_back({std::bit_cast<float>(bits), false});
  for (const float edge : {0.0F, kTiniest, kLargest, kInfinity, 447.99997F, 448.0F, 448.00003F})
    amaxes.push_back({edge, true});
  std::vector<Scale> scales(amaxes.size());
  for (const formats::Spec& format : {formats::e4m3, formats::e5m2, formats::e2m1, formats::e3m2, formats::int8}) {
    for (const MxRounding rounding : {MxRounding::floor, MxRounding::rceil}) {
      Mx{rounding}.scales(format, amaxes, {}, scales);
      for (std::size_t i = 0; i < amaxes.size(); ++i)
        ASSERT_EQ(scales[i], (Mx{rounding}.scale(format, {amaxes[i]}))) << amaxes[i].value;
    }
    for (const float tensor : {0.0F, 1.0F, 3.7e-30F, 8.1e30F, kLargest, kInfinity}) {
      Nvfp4{}.scales(format, amaxes, {tensor, false}, scales);
      for (std::size_t i = 0; i < amaxes.size(); ++i)
        ASSERT_EQ(scales[i], (Nvfp4{}.scale(format, {amaxes[i], {tensor, false}}))) << amaxes[i].value << ' ' << tensor;
    }
  }
}

// Transformer Engine, common/cast/nvfp4/core_nvfp4.cuh: the encode scale of the tensor and the decode scale of a block.
TEST(Nvfp4, HasTwoLevels) {
  const Observation seen{{3.0F, false}, {12.0F, false}};
  // g = 448 * 6 / 12 = 224; b = E4M3(3 * 224 / 6) = 112; x ~ q * 112 / 224.
  const Scale scale = Nvfp4{}.scale(formats::e2m1, seen);
  EXPECT_EQ(scale.inverse, 112.0F * (1.0F / 224.0F));
  EXPECT_EQ(scale.factor, 1.0F / scale.inverse);
  EXPECT_EQ(3.0F * scale.factor, 6.0F);
  // The block with the largest value gets the largest scale.
  EXPECT_EQ(Nvfp4{}.scale(formats::e2m1, {{12.0F, false}, {12.0F, false}}).inverse, 448.0F * (1.0F / 224.0F));
  // A block of zeros, and one too small for E4M3, get E4M3's smallest positive value.
  EXPECT_EQ(Nvfp4{}.scale(formats::e2m1, {{0.0F, false}, {12.0F, false}}).inverse, 0x1p-9F * (1.0F / 224.0F));
  EXPECT_EQ(Nvfp4{}.scale(formats::e2m1, {{1e-9F, false}, {12.0F, false}}).inverse, 0x1p-9F * (1.0F / 224.0F));
  for (const float amax : {0.0F, kInfinity, kTiniest, kLargest}) {
    const Scale edge = Nvfp4{}.scale(formats::e2m1, {{amax, false}, {amax, false}});
    EXPECT_TRUE(std::isfinite(edge.factor) && edge.factor > 0.0F && std::isfinite(edge.inverse) && edge.inverse > 0.0F)
        << amax;
  }
}

}  // namespace
}  // namespace octavo::scaling
