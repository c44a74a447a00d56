// Block-scaled tensor cores: the kernels' bits, short blocks, memory, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/gemm/tensor_core/kernels/packed.h"
#include "tests/refusal.h"
#include "tests/sim/gemm/tensor_core/block_scaled.h"

namespace octavo::sim::gemm {
namespace {

using formats::e2m1;
using formats::e4m3;
using formats::e8m0;

void fail(const std::string& what, std::uint32_t got, std::uint32_t expected) {
  ADD_FAILURE() << what << ": " << std::hex << got << " for " << expected;
}

/// K = 150 ends in the middle of a block.
TEST(BlockScaledTensorCore, EqualsTheReferenceOnEveryFamily) {
  std::uint64_t seed = 0;
  for (BlockProblem problem : block_problems())
    for (const ScaleFamily scale_family : kScaleFamilies) {
      problem.seed = ++seed;
      problem.family = kFamilies[seed % std::size(kFamilies)];
      problem.scale_family = scale_family;
      problem.m = 3;
      problem.n = 67;
      problem.k = seed % 3 == 0 ? 150 : 192;
      problem.accumulate = seed % 2 == 0;
      problem.every_magnitude = seed % 4 == 0;
      if (BlockComparison(problem).check(fail) == 0) return;
    }
}

TEST(BlockScaledTensorCore, MovesSumsOverManySteps) {
  for (const bool mx4 : {false, true})
    for (const ScaleFamily family : {ScaleFamily::ordinary, ScaleFamily::any}) {
      BlockProblem problem = block_problems()[mx4 ? 27 : 0];
      problem.scale_family = family;
      problem.m = 3;
      problem.n = 5;
      problem.k = 1200;
      EXPECT_EQ(BlockComparison(problem).check(fail), 15);
    }
}

std::unique_ptr<Engine> engine(const std::string& name) { return make_tensor_core({.architecture = name}); }

std::vector<float> product(const Engine& engine, const Operand& a, const Operand& b) {
  std::vector<float> d(static_cast<std::size_t>(a.rows * b.rows));
  engine.multiply(*engine.pack(Side::a, a), *engine.pack(Side::b, b), d.data(), b.rows);
  return d;
}

/// Codes and scales of rows x depth, a scale for every `block` elements.
struct Blocks {
  std::int64_t rows, depth, block;
  formats::Spec format, scale_format;
  std::vector<std::uint8_t> codes, scales;

  Blocks(std::int64_t r, std::int64_t d, std::int64_t b, const formats::Spec& f, const formats::Spec& s, unsigned seed)
      : rows(r),
        depth(d),
        block(b),
        format(f),
        scale_format(s),
        codes(family_codes(Family::gaussian, f, static_cast<std::size_t>(r * d), seed)),
        scales(scale_codes(ScaleFamily::ordinary, s, static_cast<std::size_t>(r * across()), seed + 1)) {}
  std::int64_t across() const { return (depth + block - 1) / block; }
  Operand operand() const {
    Operand result = Operand::of_codes(codes.data(), format, rows, depth);
    result.scales = {.shape = {.rows = 1, .depth = block, .format = scale_format},
                     .row_stride = across(),
                     .depth_stride = 1,
                     .codes = scales.data()};
    return result;
  }
};

/// The last instruction has 8 elements, or a group of 16; an instruction of just that depth gives the same bits.
TEST(BlockScaledTensorCore, FillsUpShortBlocksWithZeros) {
  for (const bool mx4 : {false, true}) {
    const std::string name = mx4 ? "blackwell-mxf4nvf4" : "blackwell-mxf8f6f4";
    const formats::Spec format = mx4 ? e2m1 : e4m3;
    const std::int64_t depth = mx4 ? 80 : 40;
    const Blocks a(7, depth, mx4 ? 16 : 32, format, e8m0, 1), b(9, depth, mx4 ? 16 : 32, format, e8m0, 5);
    const std::vector<float> d = product(*engine(name), a.operand(), b.operand());
    const Architecture& row = architecture(name);
    Architecture rest = row;
    rest.depth = rest.group = static_cast<int>(depth - row.depth);
    const auto whole = static_cast<std::size_t>(row.depth);
    const auto first = static_cast<std::size_t>(row.depth / a.block);
    for (std::int64_t m = 0; m < a.rows; ++m)
      for (std::int64_t n = 0; n < b.rows; ++n) {
        const std::span x(a.codes.data() + m * depth, static_cast<std::size_t>(depth));
        const std::span y(b.codes.data() + n * depth, static_cast<std::size_t>(depth));
        const std::span xs(a.scales.data() + m * a.across(), static_cast<std::size_t>(a.across()));
        const std::span ys(b.scales.data() + n * b.across(), static_cast<std::size_t>(b.across()));
        std::uint32_t sum = dot_add(row, format, format, x.first(whole), y.first(whole),
                                    ScaleCodes{e8m0, xs.first(first), ys.first(first)}, 0);
        sum = dot_add(rest, format, format, x.subspan(whole), y.subspan(whole),
                      ScaleCodes{e8m0, xs.subspan(first), ys.subspan(first)}, sum);
        ASSERT_EQ(std::bit_cast<std::uint32_t>(d[static_cast<std::size_t>(m * b.rows + n)]), sum) << name;
      }
  }
}

TEST(BlockScaledTensorCore, TakesScalesThatCoverMoreThanTheInstructions) {
  const Blocks fine(64, 256, 32, e4m3, e8m0, 1), other(5, 256, 32, e4m3, e8m0, 3);
  Blocks coarse = fine;
  coarse.scales.resize(2 * 2);  // 32 x 128
  Blocks repeated = fine;
  for (std::int64_t i = 0; i < 64; ++i)
    for (std::int64_t j = 0; j < 8; ++j)
      repeated.scales[static_cast<std::size_t>(i * 8 + j)] =
          coarse.scales[static_cast<std::size_t>(i / 32 * 2 + j / 4)];
  Operand operand = coarse.operand();
  operand.scales.shape.rows = 32;
  operand.scales.shape.depth = 128;
  operand.scales.row_stride = 2;
  const auto mx = engine("blackwell-mxf8f6f4");
  EXPECT_EQ(product(*mx, operand, other.operand()), product(*mx, repeated.operand(), other.operand()));
  EXPECT_EQ(product(*mx, other.operand(), operand), product(*mx, other.operand(), repeated.operand()));
}

TEST(BlockScaledTensorCore, ReadsTransposedOperandsAndCodesTwoAByte) {
  for (const bool mx4 : {false, true}) {
    const auto core = engine(mx4 ? "blackwell-mxf4nvf4" : "blackwell-mxf8f6f4");
    const Blocks a(6, 75, 32, e2m1, e8m0, 1), b(70, 75, 32, e2m1, e8m0, 4);
    const std::vector<float> expected = product(*core, a.operand(), b.operand());
    std::vector<std::uint8_t> nibbles((a.codes.size() + 1) / 2);
    for (std::size_t i = 0; i < a.codes.size(); ++i)
      nibbles[i / 2] = static_cast<std::uint8_t>(nibbles[i / 2] | a.codes[i] << (i % 2 * 4));
    Operand dense = a.operand();
    dense.codes = nibbles.data();
    dense.nibbles = true;
    EXPECT_EQ(product(*core, dense, b.operand()), expected);
    std::vector<std::uint8_t> transposed(b.codes.size());
    for (std::size_t i = 0; i < 70; ++i)
      for (std::size_t k = 0; k < 75; ++k) transposed[k * 70 + i] = b.codes[i * 75 + k];
    Operand columns = b.operand();
    columns.codes = transposed.data();
    columns.row_stride = 1;
    columns.depth_stride = 70;
    EXPECT_EQ(product(*core, a.operand(), columns), expected);
  }
}

TEST(BlockScaledTensorCore, KeepsFourBitsTwoAByte) {
  const Blocks blocks(128, 256, 16, e2m1, e4m3, 1);
  const auto core = engine("blackwell-mxf4nvf4");
  for (const Side side : {Side::a, Side::b}) {
    const auto packed = core->pack(side, blocks.operand());
    EXPECT_EQ(static_cast<const PackedSteps&>(*packed).bytes(), 128 * 256 / 2 + 128 * 256 / 16);
  }
  // kind::mxf8f6f4 keeps a byte an element, as the hardware does.
  const Blocks wide(128, 256, 32, e2m1, e8m0, 1);
  const auto packed = engine("blackwell-mxf8f6f4")->pack(Side::a, wide.operand());
  EXPECT_EQ(static_cast<const PackedSteps&>(*packed).bytes(), 128 * 256 + 128 * 256 / 32);
}

TEST(BlockScaledTensorCore, SaysWhichScalesItMultiplies) {
  const auto mx = engine("blackwell-mxf8f6f4");
  ASSERT_EQ(mx->native_scales().size(), 1u);
  EXPECT_EQ(mx->native_scales()[0].depth, 32);
  const auto nv = engine("blackwell-mxf4nvf4");
  ASSERT_EQ(nv->native_scales().size(), 2u);
  EXPECT_EQ(nv->native_scales()[1].format, e4m3);
  EXPECT_EQ(nv->native_scales()[1].depth, 16);
  EXPECT_THAT(nv->description(), testing::HasSubstr("no recorded results"));
  EXPECT_THAT(nv->description(), testing::HasSubstr("D * (a_tensor * b_tensor) in binary32"));
  EXPECT_TRUE(engine("hopper-wgmma")->native_scales().empty());
}

TEST(BlockScaledTensorCore, RefusesOperandsWithoutSuchScales) {
  const auto refused = [](const std::string& name, const Operand& operand) {
    return tests::refusal([&] { engine(name)->pack(Side::b, operand); });
  };
  const Blocks mx(1, 64, 32, e4m3, e8m0, 1), narrow(1, 64, 8, e4m3, e8m0, 1), nv(1, 64, 16, e2m1, e4m3, 1);
  EXPECT_EQ(refused("blackwell-mxf8f6f4", mx.operand()), "accepted");
  EXPECT_EQ(refused("blackwell-mxf4nvf4", nv.operand()), "accepted");
  const char* why =
      "blackwell-mxf8f6f4: operand b has no e8m0 scale for every 32 elements of K (or a multiple of them), which this "
      "instruction multiplies itself; cast it to a block format such as mxfp8-e4m3";
  Operand plain = mx.operand();
  plain.scales = {};
  EXPECT_EQ(refused("blackwell-mxf8f6f4", plain), why);
  EXPECT_EQ(refused("blackwell-mxf8f6f4", narrow.operand()), why);
  EXPECT_EQ(refused("blackwell-mxf8f6f4", nv.operand()), why);
  EXPECT_THAT(refused("blackwell-mxf4nvf4", mx.operand()), testing::HasSubstr("it takes e2m1"));
}

}  // namespace
}  // namespace octavo::sim::gemm
