// The bf16 engine rounds its operands, and only them.
#include "sim/gemm/values/bf16.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>
#include <vector>

#include "formats/catalog.h"
#include "formats/decode.h"
#include "formats/encode.h"
#include "sim/gemm/values/fp32/fp32.h"
#include "tests/sim/every_setting.h"

namespace octavo::sim::gemm {
namespace {

float rounded(float x) {
  return static_cast<float>(formats::decode(
      formats::bf16, formats::encode(formats::bf16, formats::Rounding::nearest_even, formats::Overflow::special, x)));
}

std::vector<float> product(const Engine& engine, const Operand& a, const Operand& b, std::vector<float> d,
                           bool accumulate) {
  engine.multiply(*engine.pack(Side::a, a), *engine.pack(Side::b, b), d.data(), b.rows, accumulate);
  return d;
}

TEST(Bf16, IsAChainOfFusedMultiplyAddsOfRoundedValues) {
  const std::int64_t m = 7, n = 35, k = 90;
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> a(m * k), b(n * k), c(m * n);
  for (auto* values : {&a, &b, &c})
    for (float& value : *values) value = normal(random);
  for (const bool accumulate : {false, true}) {
    for_every_setting([&] {
      const std::vector<float> d =
          product(*make_bf16(), Operand::of_values(a.data(), m, k), Operand::of_values(b.data(), n, k), c, accumulate);
      for (std::int64_t i = 0; i < m; ++i) {
        for (std::int64_t j = 0; j < n; ++j) {
          float sum = accumulate ? c[i * n + j] : 0.0f;
          for (std::int64_t l = 0; l < k; ++l) sum = std::fma(rounded(a[i * k + l]), rounded(b[j * k + l]), sum);
          ASSERT_EQ(std::bit_cast<std::uint32_t>(d[i * n + j]), std::bit_cast<std::uint32_t>(sum));
        }
      }
    });
  }
}

TEST(Bf16, EqualsFp32OnCodesThatBf16Holds) {
  const std::int64_t rows = 20, depth = 64;
  std::vector<std::uint8_t> codes(rows * depth);
  std::mt19937 random(2);
  for (std::uint8_t& code : codes) code = static_cast<std::uint8_t>(random() % 0x78);
  const Operand e5m2 = Operand::of_codes(codes.data(), formats::e5m2, rows, depth);
  const Operand e4m3 = Operand::of_codes(codes.data(), formats::e4m3, rows, depth);
  const std::vector<float> zero(rows * rows);
  EXPECT_EQ(product(*make_bf16(), e4m3, e5m2, zero, false), product(*make_fp32(), e4m3, e5m2, zero, false));
}

TEST(Bf16, RoundsCodesThatBf16DoesNotHold) {
  // The smallest values of this format are below bfloat16's smallest, 2^-133.
  const formats::Spec tiny = formats::spec("e4m3b140");
  const std::vector<std::uint8_t> a{0x01, 0x05}, b{0x38, 0x38};
  ASSERT_NE(rounded(static_cast<float>(formats::decode(tiny, 0x05))), static_cast<float>(formats::decode(tiny, 0x05)));
  const std::vector<float> d = product(*make_bf16(), Operand::of_codes(a.data(), tiny, 1, 2),
                                       Operand::of_codes(b.data(), formats::e4m3, 1, 2), {0.0f}, false);
  EXPECT_EQ(d[0], rounded(static_cast<float>(formats::decode(tiny, 0x01))) +
                      rounded(static_cast<float>(formats::decode(tiny, 0x05))));
}

}  // namespace
}  // namespace octavo::sim::gemm
