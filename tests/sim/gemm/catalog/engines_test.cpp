// Engines by name, and the engines that are references: fp64 and eigen.
#include "sim/gemm/catalog/engines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "formats/decode.h"
#include "messages/error.h"

namespace octavo::sim::gemm {
namespace {

TEST(Engines, EveryNameMakesTheEngineOfThatName) {
  EXPECT_THAT(engine_names(), testing::IsSupersetOf({"fp32", "fp64", "eigen", "exact", "fp16-accumulate", "bf16"}));
  for (const std::string_view name : engine_names()) {
    const auto engine = make_engine({std::string(name)});
    EXPECT_EQ(engine->name(), name);
    EXPECT_FALSE(engine->description().empty());
    EXPECT_EQ(engine->description().find('\n'), std::string::npos);
  }
  EXPECT_THAT(make_engine({"eigen"})->description(), testing::HasSubstr("not defined"));
}

TEST(Engines, UnknownNameGetsTheNearest) {
  const auto message = [](std::string_view name) -> std::string {
    try {
      make_engine({std::string(name)});
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(message("fp23"), testing::AllOf(testing::HasSubstr("'fp23'"), testing::HasSubstr("mean 'fp32'")));
  EXPECT_THAT(message("Eigen"), testing::HasSubstr("mean 'eigen'"));
  EXPECT_THAT(message("fp-64"), testing::HasSubstr("mean 'fp64'"));
  EXPECT_THAT(message(""), testing::HasSubstr("fp32, fp64, eigen"));
  EXPECT_EQ(message("fp23").find('\n'), std::string::npos);
}

struct RandomProduct {
  static constexpr std::int64_t m = 33, n = 50, k = 700;
  std::vector<float> a = std::vector<float>(m * k), b = std::vector<float>(n * k), c = std::vector<float>(m * n);

  explicit RandomProduct(unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    for (auto* values : {&a, &b, &c})
      for (float& value : *values) value = normal(random);
  }

  std::vector<float> run(std::string_view name, bool accumulate) const {
    const auto engine = make_engine({std::string(name)});
    std::vector<float> d = c;
    engine->multiply(*engine->pack(Side::a, Operand::of_values(a.data(), m, k)),
                     *engine->pack(Side::b, Operand::of_values(b.data(), n, k)), d.data(), n, accumulate);
    return d;
  }
};

TEST(Fp64, IsOneChainInDoubleRoundedOnce) {
  const RandomProduct product(1);
  for (const bool accumulate : {false, true}) {
    const std::vector<float> d = product.run("fp64", accumulate);
    for (std::int64_t m = 0; m < RandomProduct::m; ++m) {
      for (std::int64_t n = 0; n < RandomProduct::n; ++n) {
        double sum = accumulate ? product.c[m * RandomProduct::n + n] : 0.0;
        for (std::int64_t k = 0; k < RandomProduct::k; ++k)
          sum = std::fma(double{product.a[m * RandomProduct::k + k]}, double{product.b[n * RandomProduct::k + k]}, sum);
        ASSERT_EQ(std::bit_cast<std::uint32_t>(d[m * RandomProduct::n + n]),
                  std::bit_cast<std::uint32_t>(static_cast<float>(sum)));
      }
    }
  }
}

TEST(Fp64, OverflowsOnlyInTheLastRounding) {
  const std::vector<float> a{1e30f, 1e30f, -1e30f}, b{1e30f, 1e8f, 1e30f};
  float d = 0.0f;
  const auto engine = make_engine({"fp64"});
  engine->multiply(*engine->pack(Side::a, Operand::of_values(a.data(), 1, 3)),
                   *engine->pack(Side::b, Operand::of_values(b.data(), 1, 3)), &d, 1);
  EXPECT_EQ(d, 0.0f);  // 1e60 + 1e38 - 1e60: 1e38 is below the last place of 1e60
  const std::vector<float> nan{-std::numeric_limits<float>::quiet_NaN()};
  engine->multiply(*engine->pack(Side::a, Operand::of_values(nan.data(), 1, 1)),
                   *engine->pack(Side::b, Operand::of_values(a.data(), 1, 1)), &d, 1);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(d), 0x7FC00000u);
}

/// Of any order of K sums in binary32, with or without fused multiply-adds: at most (K + 1) 2^-24 times the sum of the
/// magnitudes (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1), to first order.
TEST(Eigen, StaysWithinTheErrorBoundOfAnyOrder) {
  const RandomProduct product(2);
  for (const bool accumulate : {false, true}) {
    const std::vector<float> d = product.run("eigen", accumulate);
    for (std::int64_t m = 0; m < RandomProduct::m; ++m) {
      for (std::int64_t n = 0; n < RandomProduct::n; ++n) {
        double sum = accumulate ? product.c[m * RandomProduct::n + n] : 0.0;
        double magnitudes = std::abs(sum);
        for (std::int64_t k = 0; k < RandomProduct::k; ++k) {
          const double term = double{product.a[m * RandomProduct::k + k]} * product.b[n * RandomProduct::k + k];
          sum += term;
          magnitudes += std::abs(term);
        }
        ASSERT_NEAR(d[m * RandomProduct::n + n], sum, (RandomProduct::k + 2) * 0x1p-24 * magnitudes);
      }
    }
  }
}

TEST(Engines, CodesMeanTheirValues) {
  const std::int64_t rows = 16, depth = 16;
  std::vector<std::uint8_t> codes(rows * depth);
  std::vector<float> values(codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    codes[i] = static_cast<std::uint8_t>(i % 0x78);
    values[i] = static_cast<float>(formats::decode(formats::e4m3, codes[i]));
  }
  for (const std::string_view name : {"fp32", "fp64", "eigen", "exact", "bf16"}) {
    const auto engine = make_engine({std::string(name)});
    std::vector<float> of_codes(rows * rows), of_values(rows * rows);
    const Operand coded = Operand::of_codes(codes.data(), formats::e4m3, rows, depth);
    const Operand valued = Operand::of_values(values.data(), rows, depth);
    engine->multiply(*engine->pack(Side::a, coded), *engine->pack(Side::b, coded), of_codes.data(), rows);
    engine->multiply(*engine->pack(Side::a, valued), *engine->pack(Side::b, valued), of_values.data(), rows);
    EXPECT_EQ(of_codes, of_values) << name;
  }
}

/// Nine codes a row: half of the rows begin in the middle of a byte.
TEST(Engines, ReadCodesTwoAByte) {
  constexpr std::int64_t rows = 6, depth = 9;
  std::vector<std::uint8_t> codes(rows * depth), nibbles((rows * depth + 1) / 2);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    codes[i] = static_cast<std::uint8_t>(i * 7 % 16);
    nibbles[i / 2] = static_cast<std::uint8_t>(nibbles[i / 2] | codes[i] << (i % 2 * 4));
  }
  const Operand plain = Operand::of_codes(codes.data(), formats::e2m1, rows, depth);
  Operand dense = Operand::of_codes(nibbles.data(), formats::e2m1, rows, depth);
  dense.nibbles = true;
  for (const std::string_view name : {"fp32", "fp64", "eigen", "exact", "bf16", "fp16-accumulate", "blackwell-mma"}) {
    const auto engine = make_engine({std::string(name)});
    std::vector<float> expected(rows * rows), d(rows * rows);
    engine->multiply(*engine->pack(Side::a, plain), *engine->pack(Side::b, plain), expected.data(), rows);
    engine->multiply(*engine->pack(Side::a, dense), *engine->pack(Side::b, dense), d.data(), rows);
    EXPECT_EQ(d, expected) << name;
  }
}

}  // namespace
}  // namespace octavo::sim::gemm
