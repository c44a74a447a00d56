// Linear layers under scalings that are no power of two, by row and by block, and with a history.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "scaling/cast.h"
#include "sim/gemm/catalog/engines.h"
#include "sim/gemm/tensor_core/architectures.h"
#include "sim/gemm/tensor_core/promote.h"
#include "sim/nn/linear/linear.h"
#include "tests/refusal.h"

namespace octavo::sim::nn {
namespace {

using scaling::block;
using scaling::Cast;
using scaling::Granularity;
using scaling::Role;

constexpr std::int64_t kRows = 6, kInputs = 384, kOutputs = 140;

std::vector<float> random_values(std::int64_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> x(static_cast<std::size_t>(count));
  for (float& value : x) value = std::ldexp(normal(generator), static_cast<int>(generator() % 8));
  return x;
}

struct Layer {
  std::vector<float> weight = random_values(kOutputs * kInputs, 1);
  std::vector<float> x = random_values(kRows * kInputs, 2);
  std::vector<float> y = std::vector<float>(static_cast<std::size_t>(kRows * kOutputs));
  scaling::LinearRule rule;
  Linear<float> linear{0, weight, {}, kOutputs, kInputs};

  Layer(const Cast& activation, const Cast& of_weight, const std::string& engine) {
    rule.casts[static_cast<std::size_t>(Role::activation)] = activation;
    rule.casts[static_cast<std::size_t>(Role::weight)] = of_weight;
    rule.gemm.engine = engine;
    apply();
  }
  void apply() {
    LinearEngines engines;
    for (auto& each : engines) each = gemm::make_engine(rule.gemm);
    linear.apply(rule, scaling::Baseline::fp32, engines, true, rule[Role::gradient].has_value());
  }
  const std::vector<float>& forward() {
    LinearInput<float> input(x.data(), kRows, kInputs);
    SeenAmaxes seen(1);
    linear.forward(input, y.data(), {.seen = &seen});
    linear.advance(scaling::Advance::step, seen.front());
    return y;
  }
  scaling::CastTensor codes(Role role) const {
    return scaling::cast(role == Role::weight ? weight : x, kInputs, *rule[role], false);
  }
};

const Cast kTile{formats::e4m3, scaling::Current{}, block(1, 128)};
const Cast kSquare{formats::e4m3, scaling::Current{}, block(128, 128)};

TEST(LinearScaling, PromotesBlockByBlockAsDeepGemmDoes) {
  Layer layer(kTile, kSquare, "hopper-wgmma");
  const std::vector<float>& y = layer.forward();
  const scaling::CastTensor a = layer.codes(Role::activation);
  const scaling::CastTensor b = layer.codes(Role::weight);
  const gemm::Architecture& row = gemm::architecture("hopper-wgmma");
  const gemm::ElementTable table = gemm::element_table(formats::e4m3, false);
  for (std::int64_t t = 0; t < kRows; ++t)
    for (std::int64_t n = 0; n < kOutputs; ++n) {
      std::vector<float> a_scales, b_scales;
      for (std::int64_t chunk = 0; chunk < 3; ++chunk) {
        a_scales.push_back(a.scales[static_cast<std::size_t>(t * 3 + chunk)].inverse);
        b_scales.push_back(b.scales[static_cast<std::size_t>(n / 128 * 3 + chunk)].inverse);
      }
      const float expected = gemm::block_scaled_sum(
          row, {a.codes.get() + t * kInputs, &table}, {b.codes.get() + n * kInputs, &table}, 0, kInputs, 128,
          a_scales.data(), b_scales.data(), gemm::BlockScaling::multiplied_first, 0.0F);
      ASSERT_EQ(y[static_cast<std::size_t>(t * kOutputs + n)], expected) << t << " " << n;
    }
}

/// One chain of fused multiply-adds over values that were scaled back: what the fp32 engine computes.
TEST(LinearScaling, MultipliesValuesThatWereScaledBackOnFp32) {
  for (const Cast& activation :
       {kTile, Cast{formats::e4m3, scaling::Mx{}, block(1, 32)}, Cast{formats::e4m3, scaling::Amax{}}}) {
    const Cast weight{formats::e4m3, scaling::Mx{}, block(1, 32)};
    Layer layer(activation, weight, "fp32");
    const std::vector<float>& y = layer.forward();
    std::vector<float> x(layer.x.size()), w(layer.weight.size());
    scaling::dequantize(layer.codes(Role::activation), activation, kInputs, x);
    scaling::dequantize(layer.codes(Role::weight), weight, kInputs, w);
    for (std::int64_t t = 0; t < kRows; ++t)
      for (std::int64_t n = 0; n < kOutputs; ++n) {
        float sum = 0.0F;
        for (std::int64_t k = 0; k < kInputs; ++k)
          sum =
              std::fma(x[static_cast<std::size_t>(t * kInputs + k)], w[static_cast<std::size_t>(n * kInputs + k)], sum);
        ASSERT_EQ(y[static_cast<std::size_t>(t * kOutputs + n)], sum);
      }
  }
}

TEST(LinearScaling, UnscalesOnceByAScaleATokenAndAChannel) {
  Layer layer({formats::e4m3, scaling::Current{}, scaling::kRow}, {formats::e4m3, scaling::Current{}, scaling::kRow},
              "hopper-wgmma");
  const std::vector<float> y = layer.forward();
  const scaling::CastTensor a = layer.codes(Role::activation);
  const scaling::CastTensor b = layer.codes(Role::weight);
  Layer plain({formats::e4m3, scaling::Cscale{0}}, {formats::e4m3, scaling::Cscale{0}}, "hopper-wgmma");
  // The same codes as values of a layer without scaling.
  for (std::size_t i = 0; i < plain.x.size(); ++i) plain.x[i] = formats::decode_table(formats::e4m3)[a.codes[i]];
  for (std::size_t i = 0; i < plain.weight.size(); ++i)
    plain.weight[i] = formats::decode_table(formats::e4m3)[b.codes[i]];
  plain.linear.weight_changed();
  plain.apply();
  const std::vector<float>& sums = plain.forward();
  for (std::int64_t t = 0; t < kRows; ++t)
    for (std::int64_t n = 0; n < kOutputs; ++n) {
      const auto at = static_cast<std::size_t>(t * kOutputs + n);
      const float factor =
          a.scales[static_cast<std::size_t>(t)].inverse * b.scales[static_cast<std::size_t>(n)].inverse;
      ASSERT_EQ(y[at], factor * sums[at]);
    }
}

TEST(LinearScaling, UnscalesByTheBinary32ProductOfInverses) {
  Layer layer({formats::e4m3, scaling::Current{}}, {formats::e4m3, scaling::Current{}}, "hopper-wgmma");
  const std::vector<float> y = layer.forward();
  const scaling::CastTensor a = layer.codes(Role::activation);
  const scaling::CastTensor b = layer.codes(Role::weight);
  const gemm::Architecture& row = gemm::architecture("hopper-wgmma");
  const gemm::ElementTable table = gemm::element_table(formats::e4m3, false);
  const float factor = a.scale().inverse * b.scale().inverse;
  for (std::int64_t n = 0; n < kOutputs; ++n) {
    const float sum =
        gemm::promoted_sum(row, {a.codes.get(), &table}, {b.codes.get() + n * kInputs, &table}, 0, kInputs, 0, 0.0F);
    ASSERT_EQ(y[static_cast<std::size_t>(n)], factor * sum);
  }
}

TEST(LinearScaling, DelaysTheScaleOfInputsByAPass) {
  Layer layer({formats::e4m3, scaling::Delayed{4}}, {formats::e4m3, scaling::Amax{}}, "fp32");
  const auto under = [&](const scaling::Policy& policy) {
    return Layer({formats::e4m3, policy}, {formats::e4m3, scaling::Amax{}}, "fp32").forward();
  };
  const std::vector<float> first = layer.forward();
  EXPECT_EQ(first, under(scaling::Cscale{0}));
  const std::vector<float> second = layer.forward();
  EXPECT_EQ(second, under(scaling::Current{}));
  EXPECT_NE(first, second);
  const LinearHistory before = layer.linear.exchange_history({});
  EXPECT_EQ(before.input.amaxes.size(), 2u);
  EXPECT_EQ(layer.forward(), first);  // as at the start
  layer.linear.exchange_history(before);
  EXPECT_EQ(layer.forward(), second);
}

TEST(LinearScaling, RefusesBlocksThatAnEngineOfCodesCannotFollow) {
  const auto error = [](const Cast& activation, const Cast& weight) {
    return tests::refusal([&] { Layer layer(activation, weight, "hopper-wgmma"); });
  };
  const Cast narrow{formats::e4m3, scaling::Mx{}, block(1, 32)};
  EXPECT_EQ(error(narrow, narrow), "accepted");
  EXPECT_EQ(error(kTile, {formats::e4m3, scaling::Amax{}}), "accepted");
  EXPECT_THAT(error(narrow, kSquare), testing::HasSubstr("every 32 and every 128"));
  EXPECT_THAT(error({formats::e4m3, scaling::Amax{}, scaling::kColumn}, {formats::e4m3, scaling::Amax{}}),
              testing::HasSubstr("a scale every 1 elements of K"));
}

/// [columns, rows] from [rows, columns], then cast and scaled back: what a product that sums over rows reads.
std::vector<float> restored_turned(const std::vector<float>& values, std::int64_t rows, std::int64_t columns,
                                   const Cast& rule) {
  std::vector<float> other_way(values.size());
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t column = 0; column < columns; ++column)
      other_way[static_cast<std::size_t>(column * rows + row)] =
          values[static_cast<std::size_t>(row * columns + column)];
  std::vector<float> result(values.size());
  scaling::dequantize(scaling::cast(other_way, rows, rule, false), rule, rows, result);
  return result;
}

/// dx and dw of a layer whose gradients are cast, too.
struct Backward {
  std::vector<float> dy = random_values(kRows * kOutputs, 5);
  std::vector<float> dw = std::vector<float>(static_cast<std::size_t>(kOutputs * kInputs));
  std::vector<float> dx = std::vector<float>(static_cast<std::size_t>(kRows * kInputs));

  Backward(Layer& layer, const Cast& gradient) {
    layer.rule.casts[static_cast<std::size_t>(Role::gradient)] = gradient;
    layer.apply();
    LinearInput<float> input(layer.x.data(), kRows, kInputs);
    KeptInput<float> kept;
    layer.linear.forward(input, layer.y.data(), {}, &kept);
    layer.linear.backward(kept, dy.data(), dx.data(), false, {dw.data(), nullptr}, {});
  }
};

// Blocks run along the dimension that each product sums over: dgrad reads dy as it lies and w turned, wgrad both
// turned.
TEST(LinearScaling, CastsAnewForProductsThatSumOverRows) {
  Layer layer(kTile, kTile, "fp32");
  const Cast gradient{formats::e5m2, scaling::Current{}, block(1, 128)};
  const Backward result(layer, gradient);
  std::vector<float> dy8(result.dy.size());
  scaling::dequantize(scaling::cast(result.dy, kOutputs, gradient, false), gradient, kOutputs, dy8);
  const std::vector<float> w8 = restored_turned(layer.weight, kOutputs, kInputs, kTile);
  const std::vector<float> x8 = restored_turned(layer.x, kRows, kInputs, kTile);
  const std::vector<float> dy8_turned = restored_turned(result.dy, kRows, kOutputs, gradient);
  for (std::int64_t k = 0; k < kInputs; ++k) {
    float sum = 0.0F;
    for (std::int64_t n = 0; n < kOutputs; ++n)
      sum = std::fma(dy8[static_cast<std::size_t>(n)], w8[static_cast<std::size_t>(k * kOutputs + n)], sum);
    ASSERT_EQ(result.dx[static_cast<std::size_t>(k)], sum);
    float total = 0.0F;
    for (std::int64_t t = 0; t < kRows; ++t)
      total = std::fma(dy8_turned[static_cast<std::size_t>(t)], x8[static_cast<std::size_t>(k * kRows + t)], total);
    ASSERT_EQ(result.dw[static_cast<std::size_t>(k)], total);
  }
}

TEST(LinearScaling, OneCastServesSquareBlocksBothWays) {
  const Cast square{formats::e4m3, scaling::Current{}, block(128, 128)};
  Layer layer(square, square, "fp32");
  const Backward result(layer, square);
  std::vector<float> dy8(result.dy.size()), w8(layer.weight.size()), x8(layer.x.size());
  scaling::dequantize(scaling::cast(result.dy, kOutputs, square, false), square, kOutputs, dy8);
  scaling::dequantize(layer.codes(Role::weight), square, kInputs, w8);
  scaling::dequantize(layer.codes(Role::activation), square, kInputs, x8);
  for (std::int64_t k = 0; k < kInputs; ++k) {
    float sum = 0.0F;
    for (std::int64_t n = 0; n < kOutputs; ++n)
      sum = std::fma(dy8[static_cast<std::size_t>(n)], w8[static_cast<std::size_t>(n * kInputs + k)], sum);
    ASSERT_EQ(result.dx[static_cast<std::size_t>(k)], sum);
    float total = 0.0F;
    for (std::int64_t t = 0; t < kRows; ++t)
      total =
          std::fma(dy8[static_cast<std::size_t>(t * kOutputs)], x8[static_cast<std::size_t>(t * kInputs + k)], total);
    ASSERT_EQ(result.dw[static_cast<std::size_t>(k)], total);
  }
}

/// The largest magnitude.
double largest(const std::vector<float>& x) { return static_cast<double>(formats::amax(x).value); }

// On an engine of codes the same operands meet their scales chunk by chunk: equal but for what its sums lose.
TEST(LinearScaling, TrainsThroughBlocksOnAnEngineOfCodes) {
  const Cast tile{formats::e4m3, scaling::Current{}, block(1, 128)};
  Layer codes(tile, tile, "hopper-wgmma");
  const Backward on_codes(codes, tile);
  Layer values(tile, tile, "fp64");
  const Backward on_values(values, tile);
  for (std::size_t i = 0; i < on_codes.dx.size(); ++i)
    ASSERT_NEAR(on_codes.dx[i], on_values.dx[i], 1e-3 * largest(on_values.dx)) << i;
  for (std::size_t i = 0; i < on_codes.dw.size(); ++i)
    ASSERT_NEAR(on_codes.dw[i], on_values.dw[i], 1e-3 * largest(on_values.dw)) << i;
}

// Inputs that wait for the backward pass lie two codes a byte; the products are those of codes one a byte.
TEST(LinearScaling, KeepsFourBitInputsTwoAByte) {
  const Cast square{formats::e2m1, scaling::Current{}, block(32, 32)};
  for (const Cast& rule : {Cast{formats::e2m1, scaling::Amax{}}, square, scaling::cast_of(formats::nvfp4)}) {
    Layer layer(rule, rule, "fp32");
    LinearInput<float> input(layer.x.data(), kRows, kInputs);
    KeptInput<float> kept;
    layer.linear.forward(input, layer.y.data(), {}, &kept);
    ASSERT_TRUE(kept.cast->nibbles);
    const bool turn = must_turn(rule);
    const std::vector<float> values = turn ? turned(layer.x, kRows, kInputs) : layer.x;
    const scaling::CastTensor bytes = scaling::cast(values, turn ? kRows : kInputs, rule, false);
    for (std::size_t i = 0; i < values.size(); ++i)
      ASSERT_EQ(kept.cast->codes[i / 2] >> (i % 2 * 4) & 15, bytes.codes[i]) << i;
  }
}

TEST(LinearScaling, RoundsStochasticallyTheSameForTheSameDraw) {
  Cast rule{formats::e2m1, scaling::Mx{}, block(1, 32)};
  rule.rounding = formats::Rounding::stochastic;
  Layer layer(rule, rule, "fp32");
  const auto under = [&](std::uint64_t draw) {
    LinearInput<float> input(layer.x.data(), kRows, kInputs);
    layer.linear.forward(input, layer.y.data(), {.draw = draw});
    return layer.y;
  };
  const std::vector<float> first = under(1);
  EXPECT_EQ(under(1), first);
  EXPECT_NE(under(2), first);
}

}  // namespace
}  // namespace octavo::sim::nn
