// The fp32 engine gives the bits of a plain loop of fused multiply-adds, on every instruction set and thread count.
#include "sim/gemm/values/fp32/fp32.h"

#include "machine/share.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <tuple>
#include <vector>

#include "formats/decode.h"
#include "tests/sim/every_setting.h"

namespace octavo::sim::gemm {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

struct Shape {
  std::int64_t m, n, k;
};

float value_at(const Operand& operand, std::int64_t row, std::int64_t k) {
  const std::int64_t at = row * operand.row_stride + k * operand.depth_stride;
  return operand.values != nullptr ? operand.values[at]
                                   : static_cast<float>(formats::decode(operand.format, operand.codes[at]));
}

/// The definition.
void multiply_plainly(const Operand& a, const Operand& b, std::vector<float>& d, std::int64_t ldd, bool accumulate) {
  for (std::int64_t m = 0; m < a.rows; ++m) {
    for (std::int64_t n = 0; n < b.rows; ++n) {
      float sum = accumulate ? d[m * ldd + n] : 0.0f;
      for (std::int64_t k = 0; k < a.depth; ++k) sum = std::fma(value_at(a, m, k), value_at(b, n, k), sum);
      d[m * ldd + n] = std::isnan(sum) ? kNan : sum;
    }
  }
}

/// Compares the engine with the definition in every setting, also what lies between the columns of D.
void expect_bits_of_definition(const Operand& a, const Operand& b, bool accumulate, const std::vector<float>& d_before,
                               std::int64_t ldd) {
  std::vector<float> expected = d_before;
  multiply_plainly(a, b, expected, ldd, accumulate);
  const auto engine = make_fp32();
  for_every_setting([&] {
    std::vector<float> d = d_before;
    engine->multiply(*engine->pack(Side::a, a), *engine->pack(Side::b, b), d.data(), ldd, accumulate);
    std::int64_t different = 0;
    for (std::size_t i = 0; i < d.size(); ++i) {
      if (std::bit_cast<std::uint32_t>(d[i]) == std::bit_cast<std::uint32_t>(expected[i])) continue;
      if (++different == 1)
        ADD_FAILURE() << "row " << i / ldd << " column " << i % ldd << ": " << d[i] << " is not " << expected[i];
    }
    EXPECT_EQ(different, 0) << "of " << d.size();
  });
}

class Fp32Test : public testing::Test {
 protected:
  std::vector<float> gaussian(std::int64_t count) {
    std::normal_distribution<float> normal;
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = normal(random_);
    return values;
  }

  /// Values of every magnitude, some of them of `special`.
  std::vector<float> wild(std::int64_t count, const std::vector<float>& special) {
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) {
      do value = std::bit_cast<float>(static_cast<std::uint32_t>(random_()));
      while (!std::isfinite(value));
      if (!special.empty() && random_() % 64 == 0) value = special[random_() % special.size()];
    }
    return values;
  }

  void check(const Shape& shape, bool accumulate) {
    SCOPED_TRACE(testing::Message() << shape.m << " x " << shape.n << " x " << shape.k);
    const auto a = gaussian(shape.m * shape.k), b = gaussian(shape.n * shape.k);
    const std::int64_t ldd = shape.n + 3;
    expect_bits_of_definition(Operand::of_values(a.data(), shape.m, shape.k),
                              Operand::of_values(b.data(), shape.n, shape.k), accumulate, gaussian(shape.m * ldd), ldd);
  }

  std::mt19937 random_{7};
};

TEST_F(Fp32Test, RaggedShapes) {
  for (const bool accumulate : {false, true}) {
    for (const std::int64_t m : {1, 2, 6, 7, 13, 14, 15, 29, 130})
      for (const std::int64_t n : {1, 8, 15, 16, 17, 32, 33, 65, 130})
        for (const std::int64_t k : {1, 2, 17, 64}) check({m, n, k}, accumulate);
  }
}

TEST_F(Fp32Test, RandomShapes) {
  for (int i = 0; i < 60; ++i) {
    const auto size = [&] { return static_cast<std::int64_t>(1 + random_() % 130); };
    const std::int64_t m = size(), n = size(), k = size();
    check({m, n, k}, i % 2 == 1);
  }
}

TEST_F(Fp32Test, DepthBeyondOneSlice) {
  for (const std::int64_t k : {511, 512, 513, 1023, 1025, 1537})
    for (const bool accumulate : {false, true}) check({19, 37, k}, accumulate);
}

TEST_F(Fp32Test, ManyBlocks) {
  check({300, 530, 40}, false);
  check({530, 300, 40}, true);
  check({1, 1030, 300}, false);
  check({20, 2100, 260}, false);  // B in huge pages
}

TEST_F(Fp32Test, EmptyOperands) {
  check({3, 4, 0}, false);
  check({3, 4, 0}, true);
  check({0, 4, 5}, false);
  check({3, 0, 5}, true);
}

TEST_F(Fp32Test, Strides) {
  const std::int64_t m = 37, n = 45, k = 530;
  const auto a = gaussian(4 * n * k), b = gaussian(4 * n * k);
  const std::vector<float> d = gaussian(m * n);
  const std::array<std::pair<std::int64_t, std::int64_t>, 5> layouts{
      {{k, 1}, {k + 5, 1}, {1, 50}, {3, 150}, {2 * k, 2}}};
  for (const auto& [a_row, a_depth] : layouts) {
    for (const auto& [b_row, b_depth] : layouts) {
      SCOPED_TRACE(testing::Message() << "strides " << a_row << ", " << a_depth << " and " << b_row << ", " << b_depth);
      expect_bits_of_definition({m, k, a_row, a_depth, a.data(), nullptr, {}},
                                {n, k, b_row, b_depth, b.data(), nullptr, {}}, false, d, n);
    }
  }
}

// Panels of A are packed together where their rows lie side by side and meet many columns.
TEST_F(Fp32Test, RowsSideBySideMeetManyColumns) {
  const std::int64_t m = 130, n = 150, k = 530;
  const auto a = gaussian(m * k), b = gaussian(n * k);
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(m * k));
  for (std::uint8_t& code : codes) code = static_cast<std::uint8_t>(random_() % 0x7F);  // finite in E4M3
  const std::vector<float> d = gaussian(m * n);
  const Operand right{n, k, 1, n, b.data(), nullptr, {}};
  expect_bits_of_definition({m, k, 1, m, a.data(), nullptr, {}}, right, false, d, n);
  expect_bits_of_definition({m, k, 1, m, nullptr, codes.data(), formats::e4m3}, right, true, d, n);
}

TEST_F(Fp32Test, Codes) {
  const std::int64_t m = 37, n = 45, k = 530;
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(4 * n * k));
  const std::vector<float> d = gaussian(m * n);
  const std::array<std::pair<std::int64_t, std::int64_t>, 4> layouts{{{k, 1}, {k + 5, 1}, {1, 50}, {3, 150}}};
  for (const formats::Spec& format : {formats::e4m3, formats::e5m2, formats::e4m3fnuz, formats::e8m0, formats::e2m1}) {
    for (std::uint8_t& code : codes) {
      do code = static_cast<std::uint8_t>(random_());
      while (!std::isfinite(formats::decode(format, code)));
    }
    for (const auto& [row, depth] : layouts) {
      SCOPED_TRACE(testing::Message() << "strides " << row << ", " << depth);
      expect_bits_of_definition({m, k, row, depth, nullptr, codes.data(), format},
                                {n, k, row, depth, nullptr, codes.data() + 1, format}, true, d, n);
    }
  }
}

TEST_F(Fp32Test, EveryCodeDecodes) {
  constexpr formats::Spec longest{1, 7, 0, formats::Specials::none, false};
  constexpr formats::Spec smallest{4, 3, 147, formats::Specials::fn};  // values below bfloat16's
  static_assert(longest.valid() && longest.bits() == 8 && smallest.valid() && smallest.min_quantum() == -149);
  const float one = 1.0f;
  std::vector<std::uint8_t> codes(256);
  std::iota(codes.begin(), codes.end(), std::uint8_t{0});
  for (const formats::Spec& format :
       {formats::e4m3, formats::e5m2, formats::e4m3fnuz, formats::e5m2fnuz, formats::e4m3b11fnuz, formats::e3m4,
        formats::e8m0, formats::e3m2, formats::e2m3, formats::e2m1, formats::e4m3ieee, longest, smallest})
    expect_bits_of_definition(Operand::of_codes(codes.data(), format, 256, 1), Operand::of_values(&one, 1, 1), false,
                              std::vector<float>(256), 1);
}

TEST_F(Fp32Test, HugeTinyAndSubnormal) {
  for (int i = 0; i < 4; ++i) {
    const std::int64_t m = 20, n = 50, k = 300;
    const auto a = wild(m * k, {}), b = wild(n * k, {});
    expect_bits_of_definition(Operand::of_values(a.data(), m, k), Operand::of_values(b.data(), n, k), i % 2 == 1,
                              wild(m * n, {}), n);
  }
}

TEST_F(Fp32Test, SubnormalSumsAreKept) {
  const std::int64_t m = 16, n = 40, k = 300;
  auto a = gaussian(m * k), b = gaussian(n * k);
  for (float& value : a) value *= 0x1p-75f;
  for (float& value : b) value *= 0x1p-72f;
  expect_bits_of_definition(Operand::of_values(a.data(), m, k), Operand::of_values(b.data(), n, k), false,
                            std::vector<float>(m * n), n);
}

TEST_F(Fp32Test, NanAndInfinity) {
  const float other_nan = std::bit_cast<float>(0xFFC12345u);
  const std::vector<float> special{kInfinity, -kInfinity, kNan, -kNan, other_nan, 0.0f, -0.0f};
  for (const std::int64_t k : {3, 30, 300}) {
    const std::int64_t m = 40, n = 50;
    const auto a = wild(m * k, special), b = wild(n * k, special);
    for (const bool accumulate : {false, true})
      expect_bits_of_definition(Operand::of_values(a.data(), m, k), Operand::of_values(b.data(), n, k), accumulate,
                                wild(m * n, special), n);
  }
}

TEST_F(Fp32Test, SignOfZero) {
  const std::vector<float> minus(20, -0.0f), plus(20, 0.0f);
  const auto a = Operand::of_values(minus.data(), 1, 20), b = Operand::of_values(plus.data(), 1, 20);
  expect_bits_of_definition(a, b, false, {1.0f}, 1);
  expect_bits_of_definition(a, b, true, {-0.0f}, 1);
}

TEST_F(Fp32Test, RunsOnTheCallingThreadInsideASharedLoop) {
  const std::int64_t size = 64;
  const auto a = gaussian(size * size), b = gaussian(size * size);
  const Operand a_operand = Operand::of_values(a.data(), size, size),
                b_operand = Operand::of_values(b.data(), size, size);
  std::vector<float> expected(size * size);
  multiply_plainly(a_operand, b_operand, expected, size, false);
  const auto engine = make_fp32();
  std::vector<std::vector<float>> d(4, std::vector<float>(size * size));
  machine::share_pieces(4, 1, 4, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i)
      engine->multiply(*engine->pack(Side::a, a_operand), *engine->pack(Side::b, b_operand),
                       d[static_cast<std::size_t>(i)].data(), size);
  });
  for (const auto& each : d) EXPECT_EQ(each, expected);
}

TEST_F(Fp32Test, PackedOperandsServeManyProducts) {
  const std::int64_t n = 70, k = 90;
  const auto b = gaussian(n * k);
  const auto engine = make_fp32();
  const auto packed_b = engine->pack(Side::b, Operand::of_values(b.data(), n, k));
  for (const std::int64_t m : {1, 5, 40}) {
    const auto a = gaussian(m * k);
    const Operand a_operand = Operand::of_values(a.data(), m, k);
    std::vector<float> d(m * n), expected(m * n);
    multiply_plainly(a_operand, Operand::of_values(b.data(), n, k), expected, n, false);
    engine->multiply(*engine->pack(Side::a, a_operand), *packed_b, d.data(), n);
    EXPECT_EQ(d, expected);
  }
}

}  // namespace
}  // namespace octavo::sim::gemm
