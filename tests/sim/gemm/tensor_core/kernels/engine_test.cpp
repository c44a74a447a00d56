// The tensor-core engines: layouts, accumulation into D, ragged shapes, errors.
#include "sim/gemm/tensor_core/kernels/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/refusal.h"

namespace octavo::sim::gemm {
namespace {

using formats::Spec;

std::vector<std::uint8_t> random_codes(std::int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(count));
  for (auto& code : codes) {
    code = static_cast<std::uint8_t>(random());
    if ((code & 0x7C) == 0x7C) code &= 0xBF;  // no NaN, no infinity in either format
  }
  return codes;
}

struct Shape {
  std::int64_t m, n, k;
};

/// D of the engine, bit by bit against the reference for one output.
void expect_reference(const TensorCoreProduct& product, const Spec& format, const Shape& shape, bool accumulate) {
  const Architecture& row = resolve(product);
  const auto engine = make_tensor_core(product);
  const auto a = random_codes(shape.m * shape.k, 1);
  const auto b = random_codes(shape.n * shape.k, 2);
  const std::int64_t ldd = shape.n + 3;
  std::vector<float> d(static_cast<std::size_t>(shape.m * ldd), 1.25f);
  engine->multiply(*engine->pack(Side::a, Operand::of_codes(a.data(), format, shape.m, shape.k)),
                   *engine->pack(Side::b, Operand::of_codes(b.data(), format, shape.n, shape.k)), d.data(), ldd,
                   accumulate);
  const ElementTable table = element_table(format, row.operands_as_f16);
  const DepthOrder order = depth_order(product.split, shape.k, row.depth);
  const auto ordered = [&](const std::vector<std::uint8_t>& codes, std::int64_t i) {
    std::vector<std::uint8_t> result;
    for (const std::int64_t k : order.order)
      result.push_back(k < 0 ? std::uint8_t{0} : codes[static_cast<std::size_t>(i * shape.k + k)]);
    return result;
  };
  for (std::int64_t m = 0; m < shape.m; ++m) {
    const auto x = ordered(a, m);
    for (std::int64_t n = 0; n < shape.n; ++n) {
      const auto y = ordered(b, n);
      const float expected =
          dot(product, row, {x.data(), &table}, {y.data(), &table}, order, accumulate ? 1.25f : 0.0f);
      ASSERT_EQ(std::bit_cast<std::uint32_t>(d[static_cast<std::size_t>(m * ldd + n)]),
                std::bit_cast<std::uint32_t>(expected))
          << to_string(product) << " at " << m << ", " << n;
    }
    for (std::int64_t n = shape.n; n < ldd; ++n) ASSERT_EQ(d[static_cast<std::size_t>(m * ldd + n)], 1.25f);
  }
}

TEST(TensorCoreEngine, EqualsTheReferenceForEveryRow) {
  for (const Architecture& row : architectures()) {
    if (!is_tensor_core(row.name)) continue;
    const TensorCoreProduct product{
        .architecture = std::string(row.name), .accumulator = row.accumulator, .variant = std::string(row.variant)};
    const Spec format = row.operands == OperandFormats::fp8_fnuz ? formats::e4m3fnuz : formats::e4m3;
    for (const bool accumulate : {false, true}) expect_reference(product, format, {5, 7, 96}, accumulate);
    expect_reference(product, format, {3, 4, 40}, false);
    expect_reference(product, format, {2, 2, 0}, true);
  }
}

TEST(TensorCoreEngine, PromotesAndSplits) {
  for (const std::int64_t promotion : {32, 128})
    for (const int parts : {1, 3})
      for (const SplitLayout layout : {SplitLayout::contiguous, SplitLayout::interleaved})
        expect_reference(
            TensorCoreProduct{.promotion = promotion, .split = {.parts = parts, .layout = layout, .tile = 64}},
            formats::e5m2, {4, 5, 500}, true);
}

TEST(TensorCoreEngine, ReadsStridedOperands) {
  const auto engine = make_tensor_core({});
  const auto codes = random_codes(64 * 8, 3);
  std::vector<std::uint8_t> transposed(codes.size());
  for (std::size_t i = 0; i < 8; ++i)
    for (std::size_t k = 0; k < 64; ++k) transposed[k * 8 + i] = codes[i * 64 + k];
  const auto row_major = Operand::of_codes(codes.data(), formats::e4m3, 8, 64);
  Operand column_major = Operand::of_codes(transposed.data(), formats::e4m3, 8, 64);
  column_major.row_stride = 1;
  column_major.depth_stride = 8;
  std::vector<float> d(64), e(64);
  engine->multiply(*engine->pack(Side::a, row_major), *engine->pack(Side::b, row_major), d.data(), 8);
  engine->multiply(*engine->pack(Side::a, column_major), *engine->pack(Side::b, column_major), e.data(), 8);
  EXPECT_EQ(d, e);
}

TEST(TensorCoreEngine, SaysWhatItComputes) {
  const auto engine = make_tensor_core({.promotion = 128});
  EXPECT_EQ(engine->name(), "hopper-wgmma");
  EXPECT_FALSE(engine->takes_values());
  EXPECT_NE(engine->description().find("promotion=128"), std::string::npos);
}

/// How `engine` refuses 1 x 32 codes.
std::string refusal(const Engine& engine, Side side, const Spec& format) {
  const std::vector<std::uint8_t> codes(32);
  return tests::refusal([&] { engine.pack(side, Operand::of_codes(codes.data(), format, 1, 32)); });
}

TEST(TensorCoreEngine, RefusesFormatsThatTheInstructionDoesNotTake) {
  const auto engine = make_tensor_core({});
  const auto message = [](const std::string& side) {
    return "hopper-wgmma: operand " + side +
           " has a format that wgmma.mma_async m64nNk32 .f32 does not take; it takes e4m3 and e5m2";
  };
  EXPECT_EQ(refusal(*engine, Side::a, formats::e4m3fnuz), message("a"));
  EXPECT_EQ(refusal(*engine, Side::b, formats::e2m1), message("b"));
  EXPECT_EQ(refusal(*make_tensor_core({.architecture = "blackwell-mma"}), Side::b, formats::e2m1), "accepted");
}

TEST(TensorCoreEngine, RefusesValues) {
  const std::vector<float> values(32);
  EXPECT_EQ(tests::refusal([&] { make_tensor_core({})->pack(Side::a, Operand::of_values(values.data(), 1, 32)); }),
            "hopper-wgmma: operand a holds values; this engine takes 8-bit codes, so give the layer a cast");
}

TEST(TensorCoreEngine, RefusesRowsOfOtherOperands) {
  EXPECT_EQ(tests::refusal([] { make_tensor_core({.architecture = "hopper-hmma"}); }),
            "hopper-hmma multiplies 16-bit operands; an engine takes codes of at most 8 bits");
  EXPECT_FALSE(is_tensor_core("fp32"));
  EXPECT_FALSE(is_tensor_core("hopper-hmma"));
  EXPECT_TRUE(is_tensor_core("cdna3"));
}

TEST(TensorCoreEngine, FillsUpWithZerosOnlyWhereThatIsExact) {
  const std::vector<std::uint8_t> codes(64);
  const auto operand = [&](std::int64_t depth) { return Operand::of_codes(codes.data(), formats::e4m3, 1, depth); };
  Architecture row = architecture("hopper-wgmma");
  EXPECT_NO_THROW(check_operand(row, Side::a, operand(40)));
  row.zero_products = ZeroProducts::operand_exponents;
  EXPECT_NO_THROW(check_operand(row, Side::a, operand(64)));
  EXPECT_THAT(
      tests::refusal([&] { check_operand(row, Side::a, operand(40)); }),
      testing::StartsWith("hopper-wgmma: K = 40 is not a multiple of 32, and filling up with zeros could change bits"));
}

}  // namespace
}  // namespace octavo::sim::gemm
