// The library layer: promotion, split-K, epilogue, the product descriptor.
#include "sim/gemm/tensor_core/product.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "sim/gemm/tensor_core/epilogue.h"
#include "tests/refusal.h"

namespace octavo::sim::gemm {
namespace {

using formats::Accumulator;
using Codes = std::vector<std::uint8_t>;

constexpr std::uint8_t kOne = 0x38;    // E4M3
constexpr std::uint8_t kLarge = 0x7E;  // 448

struct Rows {
  ElementTable table = element_table(formats::e4m3, false);
  Codes a;
  Codes b;
  CodeRow row_a() const { return {a.data(), &table}; }
  CodeRow row_b() const { return {b.data(), &table}; }
};

/// 448 * 448 in the first instruction, then small products that the chain truncates.
Rows rows_with_a_large_start(std::size_t depth) {
  Rows rows{.a = Codes(depth, 0x20), .b = Codes(depth, 0x20)};  // 2^-3 each
  rows.a[0] = rows.b[0] = kLarge;
  return rows;
}

TEST(Promotion, ChainLosesWhatPromotionKeeps) {
  const Architecture& row = architecture("hopper-wgmma");
  const Rows rows = rows_with_a_large_start(512);
  // 32 products of 2^-6 are 0.5 in an instruction of their own; beside 2^17 the last kept bit is 2^4.
  EXPECT_EQ(promoted_sum(row, rows.row_a(), rows.row_b(), 0, 512, 0, 0), 200704.0f);
  EXPECT_EQ(promoted_sum(row, rows.row_a(), rows.row_b(), 0, 512, 32, 0), 200704.0f + 15 * 0.5f);
  EXPECT_EQ(promoted_sum(row, rows.row_a(), rows.row_b(), 0, 512, 128, 0), 200704.0f + 3 * 2.0f);
  // An incomplete last interval is promoted too.
  EXPECT_EQ(promoted_sum(row, rows.row_a(), rows.row_b(), 0, 192, 128, 0), 200704.0f + 1.0f);
  // c enters the chain, or the FP32 sum.
  EXPECT_EQ(promoted_sum(row, rows.row_a(), rows.row_b(), 0, 32, 0, 8.0f), 200704.0f);
  EXPECT_EQ(promoted_sum(row, rows.row_a(), rows.row_b(), 0, 32, 32, 8.0f), 200712.0f);
}

TEST(Promotion, F16AccumulatorsArePromotedToF32) {
  const Architecture& row = architecture("hopper-wgmma", Accumulator::f16);
  const Rows rows{.a = Codes(64, 0x60), .b = Codes(64, 0x60)};  // 2^5 * 2^5 * 32 = 2^15 an instruction
  EXPECT_EQ(promoted_sum(row, rows.row_a(), rows.row_b(), 0, 64, 0, 0), std::numeric_limits<float>::infinity());
  EXPECT_EQ(promoted_sum(row, rows.row_a(), rows.row_b(), 0, 64, 32, 0), 65536.0f);
}

TEST(Promotion, NanIsCanonical) {
  const Architecture& row = architecture("hopper-wgmma");
  const Rows rows{.a = Codes(32, kOne), .b = Codes(32, kOne)};
  const float payload = std::bit_cast<float>(0xFFC12345u);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(promoted_sum(row, rows.row_a(), rows.row_b(), 0, 32, 32, payload)), kNanF32);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(promoted_sum(row, rows.row_a(), rows.row_b(), 0, 32, 0, payload)), kNanF32);
}

TEST(Promotion, BlockScalesRoundAsTheirOrderSays) {
  const Architecture& row = architecture("hopper-wgmma");
  const Rows rows{.a = Codes(256, 0x3B), .b = Codes(256, kOne)};  // 1.375: the sum of a block is 176
  const float sa[] = {1.1f, 3.3f};
  const float sb[] = {1.7f, 0.9f};
  const auto sum = [&](BlockScaling scaling) {
    return block_scaled_sum(row, rows.row_a(), rows.row_b(), 0, 256, 128, sa, sb, scaling, 0.0f);
  };
  float first = std::fma(sa[0] * sb[0], 176.0f, 0.0f);
  first = std::fma(sa[1] * sb[1], 176.0f, first);
  EXPECT_EQ(sum(BlockScaling::multiplied_first), first);
  float second = std::fma(176.0f * sa[0], sb[0], 0.0f);
  second = std::fma(176.0f * sa[1], sb[1], second);
  EXPECT_EQ(sum(BlockScaling::one_by_one), second);
  EXPECT_NE(first, second);
}

TEST(SplitK, LayoutsOwnTheirTiles) {
  const DepthOrder contiguous = depth_order({.parts = 2}, 320, 32);
  EXPECT_EQ(contiguous.bounds, (std::vector<std::int64_t>{0, 256, 320}));
  EXPECT_EQ(contiguous.order[256], 256);
  const DepthOrder interleaved = depth_order({.parts = 2, .layout = SplitLayout::interleaved, .tile = 64}, 5 * 64, 32);
  EXPECT_EQ(interleaved.bounds, (std::vector<std::int64_t>{0, 192, 320}));
  EXPECT_EQ(interleaved.order[64], 128);
  EXPECT_EQ(interleaved.order[192], 64);
  const DepthOrder ragged = depth_order({}, 40, 32);
  EXPECT_EQ(ragged.bounds, (std::vector<std::int64_t>{0, 64}));
  EXPECT_EQ(ragged.order[39], 39);
  EXPECT_EQ(ragged.order[40], -1);
  const DepthOrder empty_part = depth_order({.parts = 3}, 256, 32);
  EXPECT_EQ(empty_part.bounds, (std::vector<std::int64_t>{0, 128, 256, 256}));
}

TEST(SplitK, OrdersOfAddition) {
  const std::vector<float> parts{1.0f, 0x1p-24f, 0x1p-24f, -1.0f};
  EXPECT_EQ(add_parts(SplitOrder::ascending, parts), 0.0f);  // each half unit is lost alone
  // (-1 + (1 + 2^-24)) + 2^-24 with h = 2: slots 1 + 2^-24 = 1 (tie) and 2^-24.
  EXPECT_EQ(add_parts(SplitOrder::pairwise, parts), 0x1p-24f);
  const std::vector<float> three{0x1p-24f, 1.0f, -1.0f};
  EXPECT_EQ(add_parts(SplitOrder::pairwise, three), (-1.0f + 0x1p-24f) + 1.0f);
  const std::vector<float> two{1.0f, 2.0f};
  EXPECT_EQ(add_parts(SplitOrder::pairwise, two), 3.0f);
  EXPECT_EQ(add_parts(SplitOrder::ascending, std::vector<float>{5.0f}), 5.0f);
}

TEST(SplitK, PartsAreAddedInFp32) {
  const Rows rows = rows_with_a_large_start(256);
  TensorCoreProduct product{.split = {.parts = 2}};
  const Architecture& row = resolve(product);
  EXPECT_EQ(dot(product, row, rows.row_a(), rows.row_b(), depth_order(product.split, 256, 32), 0), 200704.0f + 2.0f);
  product.split.parts = 1;
  EXPECT_EQ(dot(product, row, rows.row_a(), rows.row_b(), depth_order(product.split, 256, 32), 0), 200704.0f);
}

TEST(Epilogue, OtherOrdersOfTheSameOperations) {
  Epilogue e{.alpha = 1.0f / 3, .beta = 0.7f, .a_scale = 1.1f, .b_scale = 1.3f, .c_scale = 0.9f};
  const float acc = 12.5f, bias = 0.3f, c = 2.0f, c_factor = 0.7f * 0.9f;
  e.scales = ScaleOrder::alpha_b_a;
  EXPECT_EQ(epilogue_value(e, acc, bias, 0), std::fma(c_factor, 0.0f, std::fma((e.alpha * 1.3f) * 1.1f, acc, bias)));
  e.scales = ScaleOrder::a_b_alpha;
  EXPECT_EQ(epilogue_value(e, acc, bias, c), std::fma(c_factor, c, std::fma((1.1f * 1.3f) * e.alpha, acc, bias)));
  e.scales = ScaleOrder::one_by_one;
  EXPECT_EQ(epilogue_value(e, acc, bias, c), std::fma(c_factor, c, std::fma(e.alpha, (acc * 1.1f) * 1.3f, bias)));
  e.scales = ScaleOrder::alpha_a_b;
  const float s = (e.alpha * 1.1f) * 1.3f;
  e.addends = AddendOrder::c_inside;
  EXPECT_EQ(epilogue_value(e, acc, bias, c), std::fma(s, acc, c_factor * c) + bias);
  e.addends = AddendOrder::c_before_bias;
  EXPECT_EQ(epilogue_value(e, acc, bias, c), std::fma(c_factor, c, s * acc) + bias);
  e.addends = AddendOrder::rounded;
  EXPECT_EQ(epilogue_value(e, acc, bias, c), (s * acc + c_factor * c) + bias);
  // A bias of -0 leaves -0, one of +0 does not.
  EXPECT_TRUE(std::signbit(epilogue_value(Epilogue{}, -0.0f, -0.0f, 0)));
}

TEST(Epilogue, ScalesAreMultipliedFirstThenFused) {
  const Epilogue epilogue{.alpha = 1.0f / 3, .beta = 0.7f, .a_scale = 1.1f, .b_scale = 1.3f, .c_scale = 0.9f};
  const float scale = (epilogue.alpha * epilogue.a_scale) * epilogue.b_scale;
  const float z = std::fma(scale, 12.5f, 0.3f);
  EXPECT_EQ(epilogue_value(epilogue, 12.5f, 0.3f, 2.0f), std::fma(0.7f * 0.9f, 2.0f, z));
  EXPECT_EQ(std::signbit(epilogue_value(Epilogue{}, -0.0f, 0.0f, 0.0f)), false);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(epilogue_value(Epilogue{}, std::bit_cast<float>(0xFFC00001u), 0, 0)), kNanF32);
}

TEST(Epilogue, OutputScaleComesBeforeTheTypeOf8Bits) {
  const Epilogue epilogue{.a_scale = 2, .output_scale = 64, .output = formats::e4m3};
  const auto code = [&](float accumulator) {
    return epilogue_output(epilogue, epilogue_value(epilogue, accumulator, 0.0f, 0.0f));
  };
  EXPECT_EQ(code(1.0f), 0x70u);   // 128
  EXPECT_EQ(code(-8.0f), 0xFEu);  // -1024 saturates at -448
  EXPECT_EQ(code(0.0f), 0x00u);
  EXPECT_EQ(code(std::numeric_limits<float>::quiet_NaN()), 0x7Fu);
}

TEST(Epilogue, OutputTypes) {
  const Epilogue bf16{.output = formats::bf16};
  EXPECT_EQ(epilogue_output(bf16, 1.0f + 0x1p-8f), 0x3F80u);  // tie to even
  EXPECT_EQ(epilogue_output(Epilogue{.output = formats::fp16}, 70000.0f), 0x7C00u);
  EXPECT_EQ(epilogue_output(Epilogue{.output_scale = 2, .output = formats::fp16}, 1.0f), 0x3C00u);  // FP8 only
  EXPECT_EQ(epilogue_output(Epilogue{}, 1.5f), 0x3FC00000u);
}

TEST(TensorCoreProduct, PrintsEveryNumberOnOneLine) {
  EXPECT_EQ(to_string(TensorCoreProduct{.promotion = 128}), "hopper-wgmma accumulator=f32 promotion=128 split_k=1");
  const TensorCoreProduct product{.architecture = "hopper-mma",
                                  .accumulator = Accumulator::f16,
                                  .variant = "ptxas12",
                                  .split = {.parts = 3, .layout = SplitLayout::interleaved, .tile = 64}};
  EXPECT_EQ(to_string(product),
            "hopper-mma.ptxas12 accumulator=f16 promotion=0 split_k=3 split_layout=interleaved split_tile=64 "
            "split_order=ascending");
}

std::string refusal(const TensorCoreProduct& product) {
  return tests::refusal([&] { resolve(product); });
}

TEST(TensorCoreProduct, RefusesAnUnknownRow) {
  EXPECT_THAT(refusal({.architecture = "hopper"}), testing::StartsWith("architecture 'hopper' is unknown; try "));
}

TEST(TensorCoreProduct, RefusesAPromotionThatCutsInstructions) {
  for (const int interval : {48, -32})
    EXPECT_EQ(refusal({.promotion = interval}),
              "promotion every " + std::to_string(interval) +
                  " elements of K: hopper-wgmma needs a multiple of 32, or 0 for never");
  EXPECT_EQ(refusal({.architecture = "hopper-mma", .variant = "ptxas12", .promotion = 64}), "accepted");
}

TEST(TensorCoreProduct, RefusesASplitWithoutPartsOrThatCutsInstructions) {
  const char* needs = ": hopper-wgmma needs at least one part and tiles of a multiple of 32";
  EXPECT_EQ(refusal({.split = {.parts = 0}}), std::string("split-K into 0 parts of tiles of 128") + needs);
  EXPECT_EQ(refusal({.split = {.parts = 2, .tile = 48}}), std::string("split-K into 2 parts of tiles of 48") + needs);
}

TEST(TensorCoreProduct, NeitherPromotesNorSplitsBlockScaledSums) {
  const char* why =
      "blackwell-mxf8f6f4 keeps one sum along all of K in its accumulator, whose scales it multiplies itself; give "
      "promotion 0 and no split-K";
  EXPECT_EQ(refusal({.architecture = "blackwell-mxf8f6f4", .promotion = 128}), why);
  EXPECT_EQ(refusal({.architecture = "blackwell-mxf8f6f4", .split = {.parts = 2}}), why);
  EXPECT_EQ(refusal({.architecture = "blackwell-mxf8f6f4"}), "accepted");
}

}  // namespace
}  // namespace octavo::sim::gemm
