// The fp16-accumulate engine gives the bits of its definition, one rounding to FP16 a step, in every setting.
#include "sim/gemm/values/fp16_accumulate.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "formats/catalog.h"
#include "formats/decode.h"
#include "formats/encode.h"
#include "sim/gemm/values/fp16_accumulate_kernel.h"
#include "tests/refusal.h"
#include "tests/sim/every_setting.h"

namespace octavo::sim::gemm {
namespace {

using formats::Spec;

std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }

struct Codes {
  Spec format;
  std::int64_t rows, depth;
  std::vector<std::uint8_t> codes;

  Operand operand() const { return Operand::of_codes(codes.data(), format, rows, depth); }
};

/// The definition: encode and decode after every sum, in binary64.
std::vector<float> chain(const Codes& a, const Codes& b, const std::vector<float>& c) {
  const auto to_fp16 = [](double x) {
    return formats::decode(
        formats::fp16, formats::encode(formats::fp16, formats::Rounding::nearest_even, formats::Overflow::special, x));
  };
  std::vector<float> d;
  for (std::int64_t m = 0; m < a.rows; ++m) {
    for (std::int64_t n = 0; n < b.rows; ++n) {
      double sum = c.empty() ? 0.0 : to_fp16(c[m * b.rows + n]);
      for (std::int64_t k = 0; k < a.depth; ++k)
        sum = to_fp16(sum + formats::decode(a.format, a.codes[m * a.depth + k]) *
                                formats::decode(b.format, b.codes[n * b.depth + k]));
      d.push_back(std::isnan(sum) ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(sum));
    }
  }
  return d;
}

void expect_chain(const Codes& a, const Codes& b, const std::vector<float>& c) {
  const std::vector<float> expected = chain(a, b, c);
  const auto engine = make_fp16_accumulate();
  for_every_setting([&] {
    std::vector<float> d = c.empty() ? std::vector<float>(expected.size(), 7.0f) : c;
    engine->multiply(*engine->pack(Side::a, a.operand()), *engine->pack(Side::b, b.operand()), d.data(), b.rows,
                     !c.empty());
    for (std::size_t i = 0; i < d.size(); ++i) ASSERT_EQ(bits(d[i]), bits(expected[i])) << i;
  });
}

class Fp16AccumulateTest : public testing::Test {
 protected:
  Codes uniform_bits(const Spec& format, std::int64_t rows, std::int64_t depth) {
    Codes result{format, rows, depth, {}};
    for (std::int64_t i = 0; i < rows * depth; ++i)
      result.codes.push_back(static_cast<std::uint8_t>(random_() % format.code_count()));
    return result;
  }
  Codes gaussian(const Spec& format, std::int64_t rows, std::int64_t depth, double deviation) {
    std::normal_distribution<double> normal(0.0, deviation);
    Codes result{format, rows, depth, {}};
    for (std::int64_t i = 0; i < rows * depth; ++i)
      result.codes.push_back(static_cast<std::uint8_t>(
          formats::encode(format, formats::Rounding::nearest_even, formats::Overflow::saturate, normal(random_))));
    return result;
  }
  std::mt19937 random_{3};
};

TEST_F(Fp16AccumulateTest, FormatsAndShapes) {
  for (const Spec& fa : {formats::e4m3, formats::e5m2, formats::e4m3fnuz})
    for (const Spec& fb : {formats::e4m3, formats::e5m2, formats::e2m1}) {
      expect_chain(uniform_bits(fa, 5, 33), uniform_bits(fb, 70, 33), {});
      expect_chain(gaussian(fa, 3, 500, 0.5), gaussian(fb, 64, 500, 0.5), {});
      expect_chain(gaussian(fa, 3, 100, 0x1p-9), gaussian(fb, 9, 100, 0x1p-9), {});  // FP16 subnormals
      expect_chain(gaussian(fa, 2, 300, 60), gaussian(fb, 9, 300, 3), {});           // near overflow
    }
  expect_chain(gaussian(formats::e4m3, 18, 7, 1), gaussian(formats::e4m3, 129, 7, 1), {});
}

TEST_F(Fp16AccumulateTest, FormatsThatAreNotForTheKernel) {
  for (const Spec& format : {formats::spec("e2m5"), formats::spec("e7m0"), formats::spec("e4m3b100")})
    expect_chain(uniform_bits(format, 4, 50), uniform_bits(formats::e4m3, 9, 50), {});
  expect_chain(uniform_bits(formats::e4m3, 4, 50), uniform_bits(formats::spec("e2m5"), 9, 50), {});
}

TEST_F(Fp16AccumulateTest, AddsToD) {
  std::vector<float> c(4 * 65);
  std::normal_distribution<float> normal(0.0f, 100.0f);
  for (float& value : c) value = normal(random_);
  c[0] = 1e30f;  // FP16's infinity
  c[1] = std::numeric_limits<float>::quiet_NaN();
  expect_chain(gaussian(formats::e4m3, 4, 40, 1), gaussian(formats::e5m2, 65, 40, 1), c);
}

TEST_F(Fp16AccumulateTest, StepsThatLieAtTies) {
  // Every product of two E5M2 codes onto every sum of a spread of FP16 values, the kernel against the definition.
  const auto table = formats::decode_table(formats::e5m2);
  std::vector<std::uint32_t> sums{0x0000, 0x0001, 0x03FF, 0x0400, 0x0401, 0x3C00,
                                  0x3BFF, 0x3C01, 0x7BFF, 0x7800, 0x7801};
  for (int i = 0; i < 200; ++i) sums.push_back(random_() % 0x7C00u | (random_() & 0x8000u));
  const Fp16Kernel* kernels[]{&scalar::fp16_kernel,
#ifdef OCTAVO_HAS_AVX512
                              machine::available(machine::InstructionSet::avx2) ? &avx2::fp16_kernel : nullptr,
                              machine::available(machine::InstructionSet::avx512) ? &avx512::fp16_kernel : nullptr
#endif
  };
  for (const std::uint32_t code : sums) {
    const auto sum = static_cast<float>(formats::decode(formats::fp16, code));
    for (int a = 0; a < 256; a += 3) {
      for (int first = 0; first < 256; first += kFp16Columns) {
        std::vector<std::uint16_t> b(kFp16Columns);
        for (int c = 0; c < kFp16Columns; ++c)
          b[static_cast<std::size_t>(c)] = static_cast<std::uint16_t>(bits(table[first + c]) >> 16);
        for (const Fp16Kernel* kernel : kernels) {
          if (kernel == nullptr) continue;
          std::vector<float> d(kFp16Columns, sum);
          kernel->tile[1](1, &table[a], 1, b.data(), d.data());
          for (int c = 0; c < kFp16Columns; ++c) {
            const float expected = fp16_add(sum, double{table[a]} * table[first + c]);
            if (std::isnan(expected))
              ASSERT_TRUE(std::isnan(d[c]));
            else
              ASSERT_EQ(bits(d[c]), bits(expected)) << sum << " + " << table[a] << " * " << table[first + c];
          }
        }
      }
    }
  }
}

TEST_F(Fp16AccumulateTest, SwallowsWhatIsBelowHalfAUnit) {
  // 2048 + 1 ties to even and stays; FP16 holds no sum above 65504.
  Codes ones{formats::e4m3, 1, 4096, std::vector<std::uint8_t>(4096, 0x38)};
  const auto engine = make_fp16_accumulate();
  float d = 0;
  engine->multiply(*engine->pack(Side::a, ones.operand()), *engine->pack(Side::b, ones.operand()), &d, 1);
  EXPECT_EQ(d, 2048.0f);
  Codes large{formats::e4m3, 1, 2, {0x7E, 0x7E}};
  engine->multiply(*engine->pack(Side::a, large.operand()), *engine->pack(Side::b, large.operand()), &d, 1);
  EXPECT_EQ(d, std::numeric_limits<float>::infinity());
}

TEST_F(Fp16AccumulateTest, RefusesValues) {
  const float x = 1;
  EXPECT_EQ(tests::refusal([&] { make_fp16_accumulate()->pack(Side::b, Operand::of_values(&x, 1, 1)); }),
            "fp16-accumulate: operand b holds values; this engine takes 8-bit codes, so cast it");
}

}  // namespace
}  // namespace octavo::sim::gemm
