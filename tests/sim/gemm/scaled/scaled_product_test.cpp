// Where the scales of a product meet its sums, by engine and shape of scales.
#include "sim/gemm/scaled/scaled_product.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "sim/gemm/catalog/engines.h"
#include "sim/gemm/tensor_core/promote.h"
#include "tests/refusal.h"

namespace octavo::sim::gemm {
namespace {

constexpr ScaleShape kTensor{};
constexpr ScaleShape kTile{.rows = 1, .depth = 128};
constexpr ScaleShape kSquare{.rows = 128, .depth = 128};
constexpr ScaleShape kRow{.rows = 1};

std::unique_ptr<Engine> engine(const std::string& name) {
  scaling::Gemm gemm;
  gemm.engine = name;
  return make_engine(gemm);
}

TEST(ProductPlan, FollowsTheEngineAndTheScales) {
  const auto hopper = engine("hopper-wgmma");
  const auto fp32 = engine("fp32");
  EXPECT_EQ(plan_product(*hopper, kTensor, kTensor, 256), ProductPlan{});
  EXPECT_EQ(plan_product(*fp32, kTensor, kTensor, 256), ProductPlan{});
  EXPECT_EQ(plan_product(*fp32, kTile, kTensor, 256).scales, ScalePlacement::before);
  EXPECT_EQ(plan_product(*hopper, kTile, kSquare, 256), (ProductPlan{ScalePlacement::chunks, 128}));
  EXPECT_EQ(plan_product(*hopper, kTile, kTensor, 256), (ProductPlan{ScalePlacement::chunks, 128}));
  EXPECT_EQ(plan_product(*hopper, kRow, kRow, 256), (ProductPlan{ScalePlacement::chunks, 256}));
  EXPECT_THAT(tests::refusal([&] { plan_product(*hopper, kTile, {.rows = 1, .depth = 64}, 256); }),
              testing::HasSubstr("every 128 and every 64"));
  EXPECT_THAT(tests::refusal([&] { plan_product(*hopper, {.depth = 8}, {.depth = 8}, 256); }),
              testing::HasSubstr("a scale every 8 elements of K"));
}

/// K = 300 in chunks of 128: the last one is shorter, and takes zeros up to whole instructions.
TEST(ScaledProduct, AddsChunksAsDeepGemmDoes) {
  constexpr std::int64_t m = 3, n = 5, k = 300;
  std::mt19937 random(1);
  const auto codes = [&](std::int64_t count) {
    std::vector<std::uint8_t> result(static_cast<std::size_t>(count));
    for (auto& code : result) code = static_cast<std::uint8_t>(random() & 0xBFu);
    return result;
  };
  const auto inverses = [&](std::int64_t count) {
    std::vector<float> result(static_cast<std::size_t>(count));
    for (float& inverse : result) inverse = 0.1F + static_cast<float>(random() % 100);
    return result;
  };
  const auto a = codes(m * k), b = codes(n * k);
  const auto a_inverses = inverses(m * 3), b_inverses = inverses(3);
  Operand x = Operand::of_codes(a.data(), formats::e4m3, m, k);
  x.scales = {.shape = kTile, .row_stride = 3, .depth_stride = 1, .inverses = a_inverses.data()};
  Operand w = Operand::of_codes(b.data(), formats::e5m2, n, k);
  w.scales = {.shape = kSquare, .row_stride = 3, .depth_stride = 1, .inverses = b_inverses.data()};
  const auto hopper = engine("hopper-wgmma");
  const ProductPlan plan = plan_product(*hopper, x.scales.shape, w.scales.shape, k);
  std::vector<float> y(static_cast<std::size_t>(m * n), 99.0F);
  multiply_scaled(*hopper, pack(*hopper, Side::a, plan, x), pack(*hopper, Side::b, plan, w), y.data());
  const Architecture& row = architecture("hopper-wgmma");
  const ElementTable e4m3 = element_table(formats::e4m3, false), e5m2 = element_table(formats::e5m2, false);
  for (std::int64_t t = 0; t < m; ++t)
    for (std::int64_t j = 0; j < n; ++j) {
      std::vector<std::uint8_t> p(a.begin() + t * k, a.begin() + (t + 1) * k),
          q(b.begin() + j * k, b.begin() + (j + 1) * k);
      p.resize(384);
      q.resize(384);
      ASSERT_EQ(y[static_cast<std::size_t>(t * n + j)],
                block_scaled_sum(row, {p.data(), &e4m3}, {q.data(), &e5m2}, 0, 384, 128, a_inverses.data() + t * 3,
                                 b_inverses.data(), BlockScaling::multiplied_first, 0.0F));
    }
}

constexpr ScaleShape kMx{.rows = 1, .depth = 32, .format = formats::e8m0};
constexpr ScaleShape kNvfp4{.rows = 1, .depth = 16, .format = formats::e4m3};

TEST(ProductPlan, LeavesScalesToTheEngineThatMultipliesThem) {
  const auto mx = engine("blackwell-mxf8f6f4");
  const auto nv = engine("blackwell-mxf4nvf4");
  EXPECT_EQ(plan_product(*mx, kMx, kMx, 40).scales, ScalePlacement::within);
  EXPECT_EQ(plan_product(*mx, kMx, {.rows = 1, .depth = 128, .format = formats::e8m0}, 40).scales,
            ScalePlacement::within);
  EXPECT_EQ(plan_product(*nv, kNvfp4, kNvfp4, 40).scales, ScalePlacement::within);
  EXPECT_EQ(plan_product(*nv, kMx, kMx, 40).scales, ScalePlacement::within);
  EXPECT_EQ(plan_product(*engine("hopper-wgmma"), kMx, kMx, 64), (ProductPlan{ScalePlacement::chunks, 32}));
  EXPECT_EQ(tests::refusal([&] { plan_product(*mx, kTile, kTensor, 256); }),
            "engine \"blackwell-mxf8f6f4\" multiplies operands with an e8m0 scale for every 32 elements of K (or a "
            "multiple of them), not binary32 scales for 1 x 128 elements with one binary32 scale; cast both to such a "
            "block format, or take engine \"fp32\"");
  EXPECT_THAT(tests::refusal([&] { plan_product(*nv, kMx, kNvfp4, 256); }),
              testing::HasSubstr("an e8m0 scale for every 16, or an e4m3 scale for every 16 elements of K"));
}

/// Two rows of 16 ones each under block scales of 1.5 and 3: 16 x 1.5 x 3, times both tensors' own scales in binary32.
TEST(ScaledProduct, MultipliesTheTensorsOwnScalesAfterTheSum) {
  const std::vector<std::uint8_t> ones(16, 0x2);
  const std::uint8_t a_scale = 0x3C, b_scale = 0x44;
  Operand a = Operand::of_codes(ones.data(), formats::e2m1, 1, 16);
  a.scales = {.shape = kNvfp4, .row_stride = 1, .depth_stride = 1, .codes = &a_scale, .tensor = 0.1F};
  Operand b = a;
  b.scales.codes = &b_scale;
  b.scales.tensor = 0.3F;
  const auto nv = engine("blackwell-mxf4nvf4");
  const ProductPlan plan = plan_product(*nv, kNvfp4, kNvfp4, 16);
  float y = 0;
  multiply_scaled(*nv, pack(*nv, Side::a, plan, a), pack(*nv, Side::b, plan, b), &y);
  EXPECT_EQ(y, 72.0F * (0.1F * 0.3F));
  // On an engine of values, the same operand without inverses is scaled back by code times tensor.
  const auto fp64 = engine("fp64");
  const ProductPlan before = plan_product(*fp64, kNvfp4, kNvfp4, 16);
  multiply_scaled(*fp64, pack(*fp64, Side::a, before, a), pack(*fp64, Side::b, before, b), &y);
  EXPECT_EQ(y, static_cast<float>(16.0 * double{1.5F * 0.1F} * double{3.0F * 0.3F}));
}

}  // namespace
}  // namespace octavo::sim::gemm
