// The scalar reference: answers that MMA-Sim's authors assert on an H100, special values, zero products, architectures.
#include "sim/gemm/tensor_core/reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "formats/encode.h"
#include "tests/refusal.h"

namespace octavo::sim::gemm {
namespace {

using formats::Accumulator;
using formats::e4m3;
using formats::e5m2;
using formats::Spec;
using Codes = std::vector<std::uint8_t>;

Codes filled(Codes head, int depth = 32) {
  head.resize(static_cast<std::size_t>(depth), 0);
  return head;
}

float f32(const Architecture& row, const Spec& format, const Codes& a, const Codes& b, float c) {
  return std::bit_cast<float>(
      dot_add(row, format, format, filled(a, row.depth), filled(b, row.depth), std::bit_cast<std::uint32_t>(c)));
}

std::uint32_t half(double x) {
  return formats::encode(formats::fp16, formats::Rounding::nearest_even, formats::Overflow::special, x);
}

std::uint32_t f16(const Spec& format, const Codes& a, const Codes& b, double c) {
  return dot_add(architecture("hopper-wgmma", Accumulator::f16), format, format, filled(a), filled(b), half(c));
}

const Architecture& wgmma() { return architecture("hopper-wgmma"); }

TEST(TensorCore, TruncatesTheAddendLikeAProduct) {
  const Codes products{0x10, 0x90};
  for (const float sign : {1.0f, -1.0f}) {
    EXPECT_EQ(f32(wgmma(), e4m3, products, {0x10, 0x10}, sign * 0x1.ffcp-14f), sign * 0x1.ff8p-14f);
    EXPECT_EQ(f32(wgmma(), e4m3, products, {0x18, 0x18}, sign * 0x1.ffcp-14f), sign * 0x1.ffp-14f);
  }
}

TEST(TensorCore, AlignsByOperandExponents) {
  EXPECT_EQ(f32(wgmma(), e4m3, {0x19, 0x99}, {0x10, 0x10}, 0x1.ffcp-14f), 0x1.ffp-14f);
  EXPECT_EQ(f32(wgmma(), e4m3, {0x14, 0x94}, {0x14, 0x14}, 0x1.ffcp-14f), 0x1.ff8p-14f);
}

TEST(TensorCore, AlignsSubnormalsByTheSmallestExponent) {
  EXPECT_EQ(f32(wgmma(), e4m3, {0x08, 0x08, 0x08, 0x08}, {0x78, 0xF8, 0x08, 0x08}, 0), 0);
  EXPECT_EQ(f32(wgmma(), e4m3, {0x08, 0x08, 0x08, 0x08}, {0x70, 0xF0, 0x08, 0x08}, 0), 0x1p-11f);
  EXPECT_EQ(f32(wgmma(), e4m3, {0x04, 0x04, 0x08, 0x08}, {0x78, 0xF8, 0x08, 0x08}, 0), 0);
  for (const float sign : {1.0f, -1.0f}) {
    const Codes a = sign > 0 ? Codes{0x28, 0x28, 0x28, 0x28} : Codes{0xA8, 0xA8, 0xA8, 0xA8};
    EXPECT_EQ(f32(wgmma(), e4m3, a, {0x38, 0x38, 0x38, 0x38}, sign * 0x1.8p-14f), sign);
  }
  EXPECT_EQ(f32(wgmma(), e5m2, {0x04, 0x04, 0x04, 0x04}, {0x38, 0xB8, 0x04, 0x04}, 0), 0x1p-27f);
  EXPECT_EQ(f32(wgmma(), e5m2, {0x04, 0x04, 0x04, 0x04}, {0x3C, 0xBC, 0x04, 0x04}, 0), 0);
  EXPECT_EQ(f32(wgmma(), e5m2, {0x02, 0x02, 0x04, 0x04}, {0x3C, 0xBC, 0x04, 0x04}, 0), 0);
}

TEST(TensorCore, ZeroSumsArePositive) {
  for (const Spec& format : {e4m3, e5m2}) {
    const std::uint8_t one = format == e4m3 ? 0x38 : 0x3C;
    const Codes a(32, 0x80);
    const Codes b(32, one);
    EXPECT_EQ(dot_add(wgmma(), format, format, a, b, 0x80000000u), 0u);
    EXPECT_EQ(dot_add(architecture("hopper-wgmma", Accumulator::f16), format, format, a, b, 0x8000u), 0u);
    EXPECT_EQ(
        dot_add(wgmma(), format, format, filled({one, one}), filled({one, static_cast<std::uint8_t>(one | 0x80)}), 0),
        0u);
  }
}

TEST(TensorCore, ADominantAddendIsCutToE8M13) {
  EXPECT_EQ(dot_add(wgmma(), e4m3, e4m3, Codes(32, 0), Codes(32, 0), 0x3F8FFFFFu), 0x3F8FFC00u);
  EXPECT_EQ(dot_add(wgmma(), e4m3, e4m3, Codes(32, 0), Codes(32, 0), 0x007FFFFFu), 0x007FFC00u);
  EXPECT_EQ(dot_add(wgmma(), e4m3, e4m3, Codes(32, 0x7E), Codes(32, 0x7E), 0x7F7FFFFFu), 0x7F7FFC00u);
}

TEST(TensorCore, F16AccumulatorRoundsOnceFromTheWideSum) {
  EXPECT_EQ(f16(e4m3, {0x30}, {0x38}, 1024), half(1024));
  EXPECT_EQ(f16(e4m3, {0x3C}, {0x38}, 1024), half(1026));
  EXPECT_EQ(f16(e4m3, {0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x30, 0x30},
                {0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x10, 0x02}, 0),
            half(0x1.004p+5));
  EXPECT_EQ(f16(e4m3, {0x28}, {0x60}, 65504), half(65504));
  EXPECT_EQ(f16(e4m3, {0x30}, {0x60}, 65504), 0x7C00u);
  EXPECT_EQ(f16(e5m2, {0x01}, {0x18}, 0x1.ff8p-15), half(0x1p-14));
  EXPECT_EQ(f16(e5m2, {0x01}, {0x18}, 0x1p-23), half(0x1p-23));
  EXPECT_EQ(f16(e5m2, {0x01}, {0x18}, 0), 0u);
  EXPECT_EQ(f16(e5m2, {0x03}, {0x18}, 0x1p-23), half(0x1p-22));
}

TEST(TensorCore, SignOfAnUnderflownF16IsAParameter) {
  Architecture row = architecture("hopper-wgmma", Accumulator::f16);
  EXPECT_EQ(dot_add(row, e5m2, e5m2, filled({0x81}), filled({0x18}), 0), 0x8000u);
  row.negative_zero = false;
  EXPECT_EQ(dot_add(row, e5m2, e5m2, filled({0x81}), filled({0x18}), 0), 0u);
}

TEST(TensorCore, SpecialValues) {
  constexpr std::uint8_t kInf = 0x7C;
  constexpr std::uint8_t kMinusInf = 0xFC;
  constexpr std::uint8_t kOne = 0x3C;
  const auto d = [](const Codes& a, const Codes& b, std::uint32_t c) {
    return dot_add(wgmma(), e5m2, e5m2, filled(a), filled(b), c);
  };
  EXPECT_EQ(d({kInf}, {kOne}, 0), 0x7F800000u);
  EXPECT_EQ(d({kInf}, {0xBC}, 0), 0xFF800000u);
  EXPECT_EQ(d({kInf}, {0x00}, 0), kNanF32);
  EXPECT_EQ(d({kInf, kMinusInf}, {kOne, kOne}, 0), kNanF32);
  EXPECT_EQ(d({kInf}, {kOne}, 0xFF800000u), kNanF32);
  EXPECT_EQ(d({kOne}, {kOne}, 0xFF800000u), 0xFF800000u);
  EXPECT_EQ(d({0x7D}, {kOne}, 0), kNanF32);
  EXPECT_EQ(d({0xFF}, {0x00}, 0), kNanF32);
  EXPECT_EQ(d({kOne}, {kOne}, 0x7F800001u), kNanF32);
  EXPECT_EQ(d({kOne}, {kOne}, 0xFFC12345u), kNanF32);
  for (const Architecture& row : architectures()) {
    if (row.scale == BlockScale::required || !row.takes(e5m2)) continue;
    const bool wide = row.accumulator == Accumulator::f32;
    const auto codes = [&](std::uint8_t first) { return filled({first}, row.depth); };
    const Codes ones = codes(kOne);
    EXPECT_EQ(dot_add(row, e5m2, e5m2, codes(0x7E), ones, 0), wide ? kNanF32 : kNanF16) << row.instruction;
    EXPECT_EQ(dot_add(row, e5m2, e5m2, codes(kInf), ones, 0), wide ? 0x7F800000u : 0x7C00u) << row.instruction;
    EXPECT_EQ(dot_add(row, e4m3, e5m2, codes(0x38), codes(kMinusInf), 0), wide ? 0xFF800000u : 0xFC00u)
        << row.instruction;
  }
}

TEST(TensorCore, ZeroProductsDoNotMoveTheExponent) {
  EXPECT_EQ(f32(wgmma(), e4m3, {0x00, 0x01}, {0x7E, 0x01}, 0), 0x1p-18f);
  EXPECT_EQ(f32(wgmma(), e5m2, {0x00, 0x01}, {0x7B, 0x01}, 0), 0x1p-32f);
  EXPECT_EQ(f32(wgmma(), e4m3, Codes(32, 0x00), Codes(32, 0x00), 0x1.0008p-30f), 0x1.0008p-30f);
  EXPECT_EQ(f32(wgmma(), e4m3, Codes(32, 0x00), Codes(32, 0x7E), 0x1.0008p-120f), 0x1.0008p-120f);
  // The alternatives that a probe on hardware could find are parameters.
  Architecture naive = wgmma();
  naive.zero_products = ZeroProducts::operand_exponents;
  EXPECT_EQ(f32(naive, e4m3, {0x00, 0x01}, {0x7E, 0x01}, 0), 0.0f);
  Architecture per_operand = wgmma();
  per_operand.zero_exponent = -120;
  EXPECT_EQ(f32(per_operand, e4m3, Codes(32, 0x00), Codes(32, 0x7E), 0x1.0008p-125f), 0x1p-125f);
  EXPECT_TRUE(wgmma().zeros_are_neutral(-32));
  EXPECT_FALSE(naive.zeros_are_neutral(-32));
  EXPECT_FALSE(per_operand.zeros_are_neutral(-32));
}

TEST(TensorCore, OrderWithinAGroupIsIrrelevant) {
  for (int i = 0; i < 32; ++i)
    for (int j = 0; j < 32; ++j) {
      if (i == j) continue;
      Codes a(32, 0x01);
      const Codes b(32, 0x38);
      a[static_cast<std::size_t>(i)] = 0x78;
      a[static_cast<std::size_t>(j)] = 0xF8;
      // 2^-9 lies below 2^(8-13): every small product is cut to zero.
      EXPECT_EQ(std::bit_cast<float>(dot_add(wgmma(), e4m3, e4m3, a, b, 0)), 0.0f);
    }
}

TEST(TensorCore, HopperMmaAddsCWithOneRounding) {
  const Architecture& row = architecture("hopper-mma");
  // c does not truncate the products, and FADD rounds to nearest.
  EXPECT_EQ(f32(row, e4m3, {0x38}, {0x38}, 0x1p24f), 0x1p24f);
  EXPECT_EQ(f32(row, e4m3, {0x38, 0x38, 0x38}, {0x38, 0x38, 0x38}, 0x1p24f), 0x1p24f + 4.0f);
  EXPECT_EQ(dot_add(row, e4m3, e4m3, Codes(32, 0), Codes(32, 0), 0x80000000u), 0u);
  // E4M3 subnormals are normal f16 values: nothing of 2^-9 * 2^-9 is lost beside 2^7.
  EXPECT_EQ(f32(row, e4m3, {0x78, 0xF8, 0x01}, {0x38, 0x38, 0x01}, 0), 0x1p-18f);
}

TEST(TensorCore, ToolkitsDifferInHowTheHalvesMeet) {
  // k = 0 is in the first half, k = 2 in the second: 1 + 1.5 * 2^-24 is cut when chained, rounded when added.
  const Codes a = filled({0x3C, 0x00, 0x0E});
  const Codes b = filled({0x3C, 0x00, 0x0C});
  EXPECT_EQ(f32(architecture("hopper-mma"), e5m2, a, b, 0), 1.0f);
  EXPECT_EQ(f32(architecture("hopper-mma", Accumulator::f32, "ptxas12"), e5m2, a, b, 0), 1.0f + 0x1p-23f);
  // k = 1 belongs to the half of k = 0, k = 4 too: there the sum is cut in both.
  const Codes same_half = filled({0x3C, 0x0E});
  const Codes factors = filled({0x3C, 0x0C});
  EXPECT_EQ(f32(architecture("hopper-mma", Accumulator::f32, "ptxas12"), e5m2, same_half, factors, 0), 1.0f);
}

TEST(TensorCore, AZeroAddendAlignsAsAZeroProductDoes) {
  Architecture row = architecture("blackwell-mxf8f6f4");
  // 21 products of 9 * 11 * 2^-160, ten that cancel, one next to nothing: 2079 * 2^-160 is more than 2^-149, but cut to
  // multiples of 2^-158 (25 bits below 2^-133) each product is 96 * 2^-160.
  Codes a(31, 0x39);
  const Codes b = filled(Codes(31, 0x3B));
  for (std::size_t k = 0; k < 5; ++k) a[k] |= 0x80;
  a.push_back(0x01);
  const Codes scale{127 - 77};
  const ScaleCodes scales{formats::e8m0, scale, scale};
  EXPECT_EQ(dot_add(row, e4m3, e4m3, a, b, scales, 0), 0u);
  row.zero_exponent = -200;
  EXPECT_EQ(dot_add(row, e4m3, e4m3, a, b, scales, 0), 1u);
}

TEST(TensorCore, SignOfAnUnderflownF32IsAParameter) {
  Architecture row = architecture("blackwell-mxf8f6f4");
  const Codes scale{127 - 77};
  const ScaleCodes scales{formats::e8m0, scale, scale};
  EXPECT_EQ(dot_add(row, e4m3, e4m3, filled({0xB8}), filled({0x38}), scales, 0), 0x80000000u);
  row.negative_zero = false;
  EXPECT_EQ(dot_add(row, e4m3, e4m3, filled({0xB8}), filled({0x38}), scales, 0), 0u);
}

TEST(TensorCore, BlockScalesShiftExponents) {
  const Architecture& row = architecture("blackwell-mxf8f6f4");
  const Codes one{127};
  const Codes two{128};
  const Codes nan{255};
  const Codes a = filled({0x38, 0x38});
  const auto d = [&](const Codes& sa, const Codes& sb, std::uint32_t c) {
    return dot_add(row, e4m3, e4m3, a, a, ScaleCodes{formats::e8m0, sa, sb}, c);
  };
  EXPECT_EQ(std::bit_cast<float>(d(one, one, 0)), 2.0f);
  EXPECT_EQ(std::bit_cast<float>(d(two, two, 0)), 8.0f);
  EXPECT_EQ(d(nan, one, 0), kNanF32);
  EXPECT_EQ(std::bit_cast<float>(d(Codes{0}, one, 0)), 0x1p-126f);
  EXPECT_EQ(d(Codes{254}, Codes{254}, 0), 0x7F800000u);
  // The scale decides the alignment: 2^26 below the products, an addend of one unit is cut.
  EXPECT_EQ(std::bit_cast<float>(d(Codes{127 + 13}, Codes{127 + 13}, 0x3F800000u)), 0x1p27f);
}

TEST(TensorCore, Mxf4SumsSixteenProductsExactly) {
  const Architecture& row = architecture("blackwell-mxf4nvf4");
  const Codes six(64, 0x7);
  const Codes scales4(4, 0x38);
  EXPECT_EQ(
      std::bit_cast<float>(dot_add(row, formats::e2m1, formats::e2m1, six, six, ScaleCodes{e4m3, scales4, scales4}, 0)),
      64.0f * 36.0f);
  const Codes scales2(2, 128);
  EXPECT_EQ(std::bit_cast<float>(
                dot_add(row, formats::e2m1, formats::e2m1, six, six, ScaleCodes{formats::e8m0, scales2, scales2}, 0)),
            4 * 64.0f * 36.0f);
  // UE4M3 has no sign.
  const Codes negative(4, 0xB8);
  EXPECT_EQ(std::bit_cast<float>(
                dot_add(row, formats::e2m1, formats::e2m1, six, six, ScaleCodes{e4m3, negative, scales4}, 0)),
            64.0f * 36.0f);
  const Codes nan(4, 0x7F);
  EXPECT_EQ(dot_add(row, formats::e2m1, formats::e2m1, six, six, ScaleCodes{e4m3, nan, scales4}, 0), kNanF32);
}

TEST(TensorCore, Cdna3) {
  const Architecture& row = architecture("cdna3");
  const Spec format = formats::e4m3fnuz;
  const auto d = [&](const Codes& a, const Codes& b, float c) { return f32(row, format, a, b, c); };
  constexpr std::uint8_t kOne = 0x40;
  EXPECT_EQ(d({kOne, kOne}, {kOne, kOne}, 0.5f), 2.5f);
  EXPECT_EQ(d({kOne}, {kOne}, 0x1p-24f), 1.0f);              // ties to even
  EXPECT_EQ(d({kOne}, {kOne}, 0x1.8p-24f), 1.0f);            // c is floored to 24 fraction bits first
  EXPECT_EQ(d({kOne}, {kOne}, -0x1p-26f), 1.0f);             // more than 25 below: dropped
  EXPECT_EQ(d({kOne}, {kOne}, -0x1p-25f), 1.0f - 0x1p-24f);  // floored
  EXPECT_EQ(dot_add(row, format, format, filled({0x80}), filled({kOne}), 0), kNanF32);
}

// ptxas 13.0.88 for sm_90: HMMA.1688 of the low halves, HMMA.1688 of the high halves chained to it, FADD of C.
TEST(TensorCore, HalfTheDepthOnHopperIsTwoHmmaOfEight) {
  const Architecture& row = architecture("hopper-mma", Accumulator::f32, "k16");
  Codes a(16, 0);
  Codes b(16, 0x3C);  // E5M2 1
  a[0] = 0x7B;        // 57344 among the low halves
  a[2] = 0x01;        // 2^-16 among the high ones: kept only beside what is small
  EXPECT_EQ(f32(row, e5m2, a, b, -57344.0f), 0.0f);
  a[0] = 0x3C;
  EXPECT_EQ(f32(row, e5m2, a, b, -1.0f), 0x1p-16f);
  // Within a half, 57344 - 57344 + 2^-16 keeps the last term; the sum of one half meets the other truncated to f32.
  a[0] = 0x7B;
  a[1] = 0xFB;
  a[2] = 0x01;
  EXPECT_EQ(f32(row, e5m2, a, b, 0), 0x1p-16f);
  a[1] = 0;
  a[3] = 0xFB;
  EXPECT_EQ(f32(row, e5m2, a, b, 0), 0.0f);
}

TEST(Architectures, AreConsistentAndFoundByName) {
  std::set<std::string> names;
  for (const Architecture& row : architectures()) {
    EXPECT_EQ(row.depth % row.group, 0) << row.instruction;
    EXPECT_EQ(&architecture(row.name, row.accumulator, row.variant), &row);
    EXPECT_FALSE(row.evidence.empty());
    EXPECT_TRUE(row.zeros_are_neutral(-32)) << row.instruction;
    EXPECT_EQ(row.output == OutputRounding::f16_nearest_even, row.accumulator == Accumulator::f16);
    names.insert(std::string(row.name));
  }
  for (const char* name : {"hopper-wgmma", "hopper-mma", "ada-mma", "blackwell-tcgen05", "blackwell-mma",
                           "blackwell-mxf8f6f4", "blackwell-mxf4nvf4", "cdna3"})
    EXPECT_TRUE(names.contains(name)) << name;
}

TEST(Architectures, AreRefusedWithWhatThereIs) {
  EXPECT_THAT(tests::refusal([] { architecture("hoper-wgmma"); }),
              testing::StartsWith("architecture 'hoper-wgmma' is unknown; try hopper-wgmma, "));
  EXPECT_EQ(tests::refusal([] { architecture("cdna3", Accumulator::f16); }),
            "architecture 'cdna3' has no accumulator f16; it has f32");
  EXPECT_EQ(tests::refusal([] { architecture("hopper-wgmma", Accumulator::f32, "ptxas12"); }),
            "architecture 'hopper-wgmma' has no accumulator f32 in variant 'ptxas12'; it has f32, f16");
}

}  // namespace
}  // namespace octavo::sim::gemm
