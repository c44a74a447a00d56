// Casts by tensor, row, column and block: the same codes as the definition, and defined for odd shapes and values.
#include "scaling/cast.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "formats/decode.h"
#include "formats/encode.h"
#include "formats/float.h"
#include "machine/threads.h"

namespace octavo::scaling {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<float> random_values(std::size_t count, unsigned seed = 1) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> x(count);
  for (float& value : x) value = std::ldexp(normal(generator), static_cast<int>(generator() % 16) - 8);
  return x;
}

/// The scale that the policy gives a block, asked round after round.
Scale scale_of(const Cast& rule, const std::vector<float>& x, const formats::MeasuredAmax& tensor) {
  Observation seen{formats::amax(x), tensor, x.size()};
  std::vector<Round> rounds;
  for (auto binning = next(rule.scaling, seen); binning; binning = next(rule.scaling, seen)) {
    rounds.push_back(count(*binning, x));
    seen.rounds = rounds;
  }
  return scale(rule.scaling, rule.format, seen);
}

/// The definition, element by element, with the scales that the cast gives and those that the policy gives its blocks.
void expect_definition(const std::vector<float>& x, std::int64_t columns, const Cast& rule) {
  const CastTensor result = cast(x, columns, rule, true);
  const std::int64_t rows = static_cast<std::int64_t>(x.size()) / columns;
  const BlockGrid grid(rule.granularity, rows, columns);
  ASSERT_EQ(static_cast<std::int64_t>(result.scales.size()), rule.granularity.is_tensor() ? 1 : grid.blocks());
  std::vector<std::vector<float>> blocks(static_cast<std::size_t>(grid.blocks()));
  for (std::int64_t i = 0; i < rows * columns; ++i)
    blocks[static_cast<std::size_t>(grid.of(i / columns, i % columns))].push_back(x[static_cast<std::size_t>(i)]);
  const formats::MeasuredAmax tensor = formats::amax(x);
  for (std::size_t b = 0; b < blocks.size(); ++b) EXPECT_EQ(result.scales[b], scale_of(rule, blocks[b], tensor)) << b;
  std::vector<float> restored(x.size());
  dequantize(result, rule, columns, restored);
  double error = 0.0;
  for (std::int64_t i = 0; i < rows * columns; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const Scale& used = result.scales[static_cast<std::size_t>(grid.of(i / columns, i % columns))];
    const std::uint32_t code = formats::encode(rule.format, formats::Rounding::nearest_even,
                                               formats::Overflow::saturate, static_cast<double>(x[at] * used.factor));
    ASSERT_EQ(result.codes[at], code) << i;
    const auto value = static_cast<float>(formats::decode(rule.format, code)) * used.inverse;
    ASSERT_EQ(restored[at], value) << i;
    error += std::pow(static_cast<double>(x[at]) - static_cast<double>(value), 2);
  }
  EXPECT_EQ(result.outcome->statistics.count, x.size());
  EXPECT_NEAR(result.outcome->statistics.error_energy, error, 1e-5 * error + 1e-30);
  EXPECT_EQ(result.outcome->blocks, result.scales.size());
  EXPECT_EQ(result.outcome->amax, tensor);
  std::uint64_t counted = 0;
  for (const std::uint32_t count : result.outcome->biases) counted += count;
  EXPECT_EQ(counted + result.outcome->without_bias, result.scales.size());
}

TEST(Cast, FollowsTheDefinitionAtEveryGranularity) {
  const std::vector<float> x = random_values(37 * 130);
  for (const Granularity& granularity : {kTensor, kRow, kColumn, block(1, 32), block(1, 16), block(1, 128),
                                         block(128, 128), block(16, 16), block(5, 7), block(37, 130), block(1000, 1)})
    for (const Policy& policy : std::initializer_list<Policy>{Amax{}, Current{}, Mx{}, Nvfp4{}, Cscale{2}, LeastError{},
                                                              Percentile{90.0}, Unit{}})
      expect_definition(x, 130, {formats::e4m3, policy, granularity});
  for (const formats::Spec& format : {formats::e2m1, formats::int8, formats::e5m2, formats::e3m2})
    expect_definition(x, 130, {format, Mx{MxRounding::rceil}, block(1, 32)});
}

TEST(Cast, TakesOddShapes) {
  for (const std::size_t size : {0u, 1u, 2u, 31u, 33u, 4097u, 70000u})
    for (const Granularity& granularity : {kTensor, kRow, kColumn, block(1, 32), block(4, 4)})
      expect_definition(random_values(size), std::max<std::int64_t>(1, static_cast<std::int64_t>(size)),
                        {formats::e4m3, Amax{}, granularity});
  for (const std::int64_t columns : {1, 3, 7, 21})
    expect_definition(random_values(21 * 5), columns, {formats::e4m3, Current{}, block(2, 2)});
}

TEST(Cast, GivesTheSameForAnyNumberOfThreads) {
  const std::vector<float> x = random_values(300 * 517);
  for (const Granularity& granularity : {kTensor, kRow, block(1, 32), block(64, 64)}) {
    const Cast rule{formats::e4m3, Current{}, granularity};
    const int threads = machine::threads();
    machine::use_threads(1);
    const CastTensor one = cast(x, 517, rule, true);
    machine::use_threads(5);
    const CastTensor five = cast(x, 517, rule, true);
    machine::use_threads(threads);
    EXPECT_EQ(std::memcmp(one.codes.get(), five.codes.get(), x.size()), 0);
    EXPECT_EQ(one.scales, five.scales);
    EXPECT_EQ(one.outcome->statistics, five.outcome->statistics);
    EXPECT_EQ(one.outcome->exponents, five.outcome->exponents);
  }
}

TEST(Cast, DefinesTensorsThatAreNotFiniteForEveryPolicy) {
  const std::vector<Policy> policies{Amax{},
                                     Cscale{3},
                                     Current{},
                                     Current{true},
                                     Delayed{},
                                     Fp8Lm{},
                                     LeastError{},
                                     Percentile{100.0},
                                     Entropy{},
                                     Unit{},
                                     Mx{},
                                     Nvfp4{},
                                     Mx{MxRounding::rceil}};
  const std::vector<std::vector<float>> tensors{{},
                                                {0.0F, -0.0F, 0.0F},
                                                {kNan, kNan},
                                                {kInfinity},
                                                {5.0F},
                                                {1.0F, kNan, -2.0F, 0.0F},
                                                {1.0F, -kInfinity, 3.0F},
                                                {std::numeric_limits<float>::denorm_min()},
                                                {std::numeric_limits<float>::max(), -1.0F}};
  for (const Policy& policy : policies)
    for (const std::vector<float>& x : tensors)
      for (const formats::Spec& format : {formats::e4m3, formats::e5m2, formats::e4m3fnuz, formats::int8}) {
        const Cast rule{format, policy};
        const std::int64_t columns = std::max<std::int64_t>(1, static_cast<std::int64_t>(x.size()));
        const CastTensor result = cast(x, columns, rule, true);
        ASSERT_EQ(result.scales.size(), 1u);
        const Scale scale = result.scale();
        EXPECT_TRUE(std::isfinite(scale.factor) && scale.factor >= 0x1p-127F);
        const bool lost = !format.has_nan() && std::ranges::any_of(x, [](float value) { return std::isnan(value); });
        EXPECT_EQ(std::isnan(scale.inverse), lost);
        EXPECT_TRUE(lost || (std::isfinite(scale.inverse) && scale.inverse > 0.0F));
        std::vector<float> values(x.size());
        dequantize(result, rule, columns, values);
        for (std::size_t i = 0; i < x.size(); ++i) {
          if (std::isnan(x[i]) || lost)
            EXPECT_TRUE(std::isnan(values[i]));
          else
            EXPECT_TRUE(!std::isnan(values[i]) && (x[i] != 0.0F || values[i] == 0.0F) &&
                        (values[i] == 0.0F || std::signbit(values[i]) == std::signbit(x[i])))
                << x[i] << " became " << values[i];
        }
      }
}

TEST(Cast, ReadsItsHistoryWhichAdvancesOutside) {
  const std::vector<float> small(64, 1.0F);
  const std::vector<float> large(64, 64.0F);
  const Cast rule{formats::e4m3, Delayed{4}};
  AmaxHistory past;
  const auto step = [&](const std::vector<float>& x) {
    const CastTensor tensor = cast(x, 8, rule, false, &past);
    EXPECT_EQ(tensor.amax.value, x.front());
    advance(rule.scaling, rule.format, past, tensor.amax);
    return tensor.scale();
  };
  EXPECT_EQ(step(small), Scale{});
  EXPECT_EQ(step(large).factor, 448.0F);  // of the step before: it saturates
  EXPECT_EQ(step(large).factor, 7.0F);
  EXPECT_EQ(past.amaxes, (std::vector<float>{1.0F, 64.0F, 64.0F}));
  EXPECT_EQ(cast(large, 8, rule, false).scale().factor, 7.0F);  // without a past: its steady state
}

TEST(Cast, TakesSixteenBitTensorsFromTheirOwnBits) {
  const std::vector<float> x = random_values(37 * 130);
  std::vector<formats::FP16> half(x.size());
  std::vector<formats::BF16> brain(x.size());
  std::vector<float> of_half(x.size()), of_brain(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    half[i] = formats::FP16::from(x[i]);
    brain[i] = formats::BF16::from(x[i]);
    of_half[i] = static_cast<float>(half[i].value());
    of_brain[i] = static_cast<float>(brain[i].value());
  }
  const auto expect_equal = [](const CastTensor& a, const CastTensor& b, std::size_t size) {
    EXPECT_EQ(std::memcmp(a.codes.get(), b.codes.get(), size), 0);
    EXPECT_EQ(a.scales, b.scales);
    EXPECT_EQ(a.outcome->statistics, b.outcome->statistics);
    EXPECT_EQ(a.outcome->exponents, b.outcome->exponents);
    EXPECT_EQ(a.outcome->biases, b.outcome->biases);
  };
  for (const Granularity& granularity : {kTensor, kRow, kColumn, block(1, 32), block(5, 7)})
    for (const Policy& policy : std::initializer_list<Policy>{Amax{}, Mx{}, Nvfp4{}, Percentile{90.0}, Unit{}}) {
      const Cast rule{formats::e4m3, policy, granularity};
      expect_equal(cast(half, 130, rule, true), cast(of_half, 130, rule, true), x.size());
      expect_equal(cast(brain, 130, rule, true), cast(of_brain, 130, rule, true), x.size());
    }
}

TEST(Cast, FollowsItsRounding) {
  const std::vector<float> x = random_values(37 * 130);
  const formats::RandomStream random{.seed = 7, .tensor = 3, .step = 11};
  for (const Granularity& granularity : {kTensor, kRow, block(1, 32), block(5, 7)})
    for (const formats::Rounding rounding : {formats::Rounding::nearest_away, formats::Rounding::toward_zero,
                                             formats::Rounding::up, formats::Rounding::stochastic}) {
      const Cast rule{.format = formats::e4m3, .scaling = Amax{}, .granularity = granularity, .rounding = rounding};
      const CastTensor result = cast(x, 130, rule, false, nullptr, random);
      const BlockGrid grid(granularity, 37, 130);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const auto at = static_cast<std::int64_t>(i);
        const float scaled = x[i] * result.scales[static_cast<std::size_t>(grid.of(at / 130, at % 130))].factor;
        ASSERT_EQ(result.codes[i], formats::encode(formats::e4m3, rounding, formats::Overflow::saturate,
                                                   static_cast<double>(scaled), {random.word(i) >> 8, 24}))
            << i;
      }
    }
}

// What rounds to the largest value does not overflow: amax x scale may come out an ulp above it.
TEST(Cast, CountsAsOverflowWhatRoundsBeyondTheLargest) {
  const auto overflow = [](const std::vector<float>& x, const Cast& rule) {
    return cast(x, static_cast<std::int64_t>(x.size()), rule, true).outcome->statistics.overflow;
  };
  const Cast e4m3{formats::e4m3, Cscale{0}};
  EXPECT_EQ(overflow({448.00003F, -464.0F, 464.00003F, -465.0F, kInfinity}, e4m3), 3u);
  EXPECT_EQ(overflow({61439.996F, 61440.0F}, {formats::e5m2, Cscale{0}}), 1u);
  EXPECT_EQ(overflow({479.0F, 480.0F, -480.0F},
                     {.format = formats::e4m3, .scaling = Cscale{0}, .rounding = formats::Rounding::toward_zero}),
            2u);
  for (float amax = 0.37F; amax < 3.0F; amax += 0.0071F)
    EXPECT_EQ(overflow({amax, 0.1F}, {formats::e4m3, Current{}}), 0u);
}

TEST(Cast, KnowsTheBlockFormats) {
  EXPECT_EQ(cast_of(formats::mxfp4), (Cast{formats::e2m1, Mx{}, block(1, 32)}));
  EXPECT_EQ(cast_of(formats::nvfp4), (Cast{formats::e2m1, Nvfp4{}, block(1, 16)}));
  EXPECT_EQ(cast_of(formats::deepseek_128x128), (Cast{formats::e4m3, Current{}, block(128, 128)}));
  EXPECT_EQ(scale_bits(Mx{}, 10), 80u);
  EXPECT_EQ(scale_bits(Nvfp4{}, 10), 112u);
  EXPECT_EQ(scale_bits(Current{}, 10), 320u);
}

}  // namespace
}  // namespace octavo::scaling
