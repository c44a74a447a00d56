// The exact engine against MPFR's exact sums.
#include "sim/gemm/values/exact.h"

#include <gtest/gtest.h>
#include <mpfr.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "formats/decode.h"
#include "sim/gemm/values/exact_sum.h"
#include "tests/sim/every_setting.h"

namespace octavo::sim::gemm {
namespace {

/// A sum in MPFR with room for every bit of every sum of products of floats.
class MpfrSum {
 public:
  MpfrSum() {
    mpfr_init2(sum_, 1024);
    mpfr_set_zero(sum_, 1);
  }
  ~MpfrSum() { mpfr_clear(sum_); }
  MpfrSum(const MpfrSum&) = delete;
  MpfrSum& operator=(const MpfrSum&) = delete;

  void add(double term) { EXPECT_EQ(mpfr_add_d(sum_, sum_, term, MPFR_RNDN), 0) << "not exact"; }
  float rounded() const { return mpfr_zero_p(sum_) != 0 ? 0.0f : mpfr_get_flt(sum_, MPFR_RNDN); }

 private:
  mpfr_t sum_;
};

std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }

class ExactTest : public testing::Test {
 protected:
  /// A finite float whose exponent field is in [low, high].
  float wild(int low, int high) {
    const auto field = static_cast<std::uint32_t>(std::uniform_int_distribution(low, high)(random_));
    return std::bit_cast<float>((static_cast<std::uint32_t>(random_()) & 0x807FFFFFu) | field << 23);
  }
  std::vector<float> wilds(std::int64_t count, int low, int high) {
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = random_() % 8 == 0 ? 0.0f : wild(low, high);
    return values;
  }

  /// The engine's product of random operands, all settings, against MPFR.
  void check(std::int64_t m, std::int64_t n, std::int64_t k, int low, int high, bool accumulate) {
    SCOPED_TRACE(testing::Message() << m << " x " << n << " x " << k << ", exponents " << low << " to " << high);
    const std::vector<float> a = wilds(m * k, low, high), b = wilds(n * k, low, high), c = wilds(m * n, low, high);
    const auto engine = make_exact();
    std::vector<float> expected(c.size());
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        MpfrSum sum;
        if (accumulate) sum.add(c[i * n + j]);
        for (std::int64_t l = 0; l < k; ++l) sum.add(double{a[i * k + l]} * b[j * k + l]);
        expected[i * n + j] = sum.rounded();
      }
    }
    for_every_setting([&] {
      std::vector<float> d = c;
      engine->multiply(*engine->pack(Side::a, Operand::of_values(a.data(), m, k)),
                       *engine->pack(Side::b, Operand::of_values(b.data(), n, k)), d.data(), n, accumulate);
      for (std::size_t i = 0; i < d.size(); ++i) ASSERT_EQ(bits(d[i]), bits(expected[i])) << i;
    });
  }

  std::mt19937_64 random_{5};
};

TEST_F(ExactTest, ProductsOfAnyRangeEqualMpfr) {
  for (const bool accumulate : {false, true}) {
    check(3, 5, 40, 0, 254, accumulate);       // everything, overflow and subnormals included
    check(65, 33, 130, 120, 134, accumulate);  // fixed point
    check(33, 65, 100, 126, 127, accumulate);
    check(2, 3, 1, 0, 60, accumulate);  // sums below binary32's smallest values
    check(4, 3, 0, 100, 150, accumulate);
  }
}

TEST_F(ExactTest, CodesTakeTheBinary64PathAndTheFixedPointPathToTheSameBits) {
  // E4M3 rows of full range fit binary64 for K = 4096; E5M2's do not.
  for (const formats::Spec& format : {formats::e4m3, formats::e5m2}) {
    const std::int64_t m = 9, n = 11, k = 4096;
    std::vector<std::uint8_t> a(m * k), b(n * k);
    for (auto* codes : {&a, &b})
      for (std::uint8_t& code : *codes) {
        do code = static_cast<std::uint8_t>(random_());
        while (!std::isfinite(formats::decode(format, code)));
      }
    const auto engine = make_exact();
    std::vector<float> d(m * n);
    engine->multiply(*engine->pack(Side::a, Operand::of_codes(a.data(), format, m, k)),
                     *engine->pack(Side::b, Operand::of_codes(b.data(), format, n, k)), d.data(), n);
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        MpfrSum sum;
        for (std::int64_t l = 0; l < k; ++l)
          sum.add(formats::decode(format, a[i * k + l]) * formats::decode(format, b[j * k + l]));
        ASSERT_EQ(bits(d[i * n + j]), bits(sum.rounded()));
      }
    }
  }
}

TEST_F(ExactTest, SumEqualsMpfrAtTiesAndCancellation) {
  for (int round = 0; round < 20000; ++round) {
    ExactSum ours;
    MpfrSum theirs;
    const auto add = [&](double term) {
      ours.add(term);
      theirs.add(term);
    };
    const double x = wild(1, 254);
    add(x);
    // Halfway to a neighbour, and a term far below that decides.
    add(std::ldexp(1.0, std::ilogb(x) - 24) * (round % 3 - 1));
    if (round % 2 == 0) add(double{wild(0, 80)} * wild(0, 80));
    if (round % 5 == 0) add(-x);
    ASSERT_EQ(bits(ours.rounded()), bits(theirs.rounded())) << round;
  }
}

TEST_F(ExactTest, SpecialValues) {
  const float inf = std::numeric_limits<float>::infinity(), nan = -std::numeric_limits<float>::quiet_NaN();
  const auto dot = [](std::vector<float> a, std::vector<float> b) {
    const auto engine = make_exact();
    float d = 0;
    const auto k = static_cast<std::int64_t>(a.size());
    engine->multiply(*engine->pack(Side::a, Operand::of_values(a.data(), 1, k)),
                     *engine->pack(Side::b, Operand::of_values(b.data(), 1, k)), &d, 1);
    return bits(d);
  };
  EXPECT_EQ(dot({nan, 1}, {1, 1}), 0x7FC00000u);
  EXPECT_EQ(dot({inf, 1}, {0, 1}), 0x7FC00000u);
  EXPECT_EQ(dot({inf, inf}, {1, -1}), 0x7FC00000u);
  EXPECT_EQ(dot({inf, 1}, {-1, 1}), 0xFF800000u);
  EXPECT_EQ(dot({3e38f, 3e38f, -3e38f}, {1, 1, 1}), bits(3e38f));
  EXPECT_EQ(dot({3e38f, 3e38f}, {1, 1}), 0x7F800000u);
  EXPECT_EQ(dot({-0.0f, -1}, {1, 0}), 0u);
  EXPECT_EQ(dot({1, -1}, {1, 1}), 0u);
}

}  // namespace
}  // namespace octavo::sim::gemm
