// Codes and scales as values, whichever way they lie.
#include "sim/gemm/scaled/restore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "scaling/cast.h"
#include "tests/refusal.h"

namespace octavo::sim::gemm {
namespace {

struct Matrix {
  std::int64_t rows = 37, columns = 75;  // no multiple of a block
  scaling::Cast rule{formats::e4m3, scaling::Current{}, scaling::block(2, 16)};
  std::vector<float> x = std::vector<float>(static_cast<std::size_t>(rows * columns));
  scaling::CastTensor codes;
  std::vector<float> inverses;

  Matrix() {
    std::mt19937 random(1);
    for (float& value : x)
      value = std::ldexp(std::normal_distribution<float>{}(random), static_cast<int>(random() % 9));
    codes = scaling::cast(x, columns, rule, false);
    for (const scaling::Scale& scale : codes.scales) inverses.push_back(scale.inverse);
  }
  Operand operand() const {
    Operand result = Operand::of_codes(codes.codes.get(), rule.format, rows, columns);
    const scaling::BlockGrid grid(rule.granularity, rows, columns);
    result.scales = {
        .shape = {.rows = 2, .depth = 16}, .row_stride = grid.across(), .depth_stride = 1, .inverses = inverses.data()};
    return result;
  }
};

Operand transposed(Operand operand) {
  std::swap(operand.rows, operand.depth);
  std::swap(operand.row_stride, operand.depth_stride);
  std::swap(operand.scales.shape.rows, operand.scales.shape.depth);
  std::swap(operand.scales.row_stride, operand.scales.depth_stride);
  return operand;
}

TEST(Restored, IsWhatDequantizingGivesAsItLiesTransposedAndStrided) {
  const Matrix matrix;
  std::vector<float> expected(matrix.x.size());
  scaling::dequantize(matrix.codes, matrix.rule, matrix.columns, expected);
  const auto value = [&](std::int64_t row, std::int64_t column) {
    return expected[static_cast<std::size_t>(row * matrix.columns + column)];
  };
  std::unique_ptr<float[]> storage;
  const Operand plain = restored(matrix.operand(), storage);
  for (std::int64_t i = 0; i < matrix.rows; ++i)
    for (std::int64_t j = 0; j < matrix.columns; ++j)
      ASSERT_EQ(plain.values[i * plain.row_stride + j * plain.depth_stride], value(i, j));
  const Operand other = restored(transposed(matrix.operand()), storage);
  ASSERT_EQ(other.rows, matrix.columns);
  for (std::int64_t i = 0; i < matrix.rows; ++i)
    for (std::int64_t j = 0; j < matrix.columns; ++j)
      ASSERT_EQ(other.values[j * other.row_stride + i * other.depth_stride], value(i, j));
  Operand every_third = matrix.operand();
  every_third.depth = 25;
  every_third.depth_stride = 3;
  every_third.scales = {};
  const Operand sparse = restored(every_third, storage);
  for (std::int64_t j = 0; j < 25; ++j)
    ASSERT_EQ(sparse.values[j * sparse.depth_stride],
              formats::decode_table(formats::e4m3)[matrix.codes.codes[static_cast<std::size_t>(3 * j)]]);
}

TEST(Scales, OfCodesAreTheirValuesTimesTheTensors) {
  const std::uint8_t codes[] = {0x38, 0x40, 0x7F};  // 1, 2, NaN
  const Scales scales{.shape = {.rows = 1, .depth = 16, .format = formats::e4m3},
                      .row_stride = 3,
                      .depth_stride = 1,
                      .codes = codes,
                      .tensor = 0.1F};
  EXPECT_EQ(inverse_of(scales, 0, 15), 0.1F);
  EXPECT_EQ(inverse_of(scales, 0, 16), 2 * 0.1F);
  EXPECT_TRUE(std::isnan(inverse_of(scales, 0, 40)));
  EXPECT_EQ(inverse_of({}, 5, 7), 1.0F);
}

TEST(Scales, ThatArePowersOfTwoHaveE8m0Codes) {
  const float inverses[] = {1.0F, 0x1p127F, 0x1p-127F, std::numeric_limits<float>::quiet_NaN()};
  const Operand operand{.rows = 2, .depth = 40};
  Scales scales{.shape = {.rows = 1, .depth = 32, .format = formats::e8m0},
                .row_stride = 2,
                .depth_stride = 1,
                .inverses = inverses};
  std::vector<std::uint8_t> storage;
  const Scales coded = with_codes(scales, operand, "a", storage);
  EXPECT_THAT(storage, testing::ElementsAre(127, 254, 0, 255));
  EXPECT_EQ(coded.codes[coded.at(1, 39)], 255);
  const float third[] = {3.0F, 1.0F, 1.0F, 1.0F};
  scales.inverses = third;
  EXPECT_EQ(tests::refusal([&] { with_codes(scales, operand, "b", storage); }),
            "operand b has a scale of 3 without a code for it, and only powers of two have one in e8m0; give the "
            "scales' own codes, or engine \"fp32\"");
}

}  // namespace
}  // namespace octavo::sim::gemm
