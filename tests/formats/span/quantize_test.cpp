// The span casts equal encode and decode bit for bit, and their statistics equal a plain recount, on every instruction
// set.
#include "formats/span/quantize.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "formats/encode.h"
#include "formats/overflow_bound.h"
#include "tests/formats/every_format.h"

namespace octavo::formats {
namespace {

std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }

/// All critical floats of formats up to 16 bits, and random ones.
std::vector<float> test_floats(const Spec& spec) {
  std::vector<float> x = tests::random_bit_floats(spec.bits() <= 16 ? 1001 : 300001, 7);
  if (spec.bits() > 16) return x;
  for (const float critical : tests::critical_floats(spec)) x.push_back(critical);
  return x;
}

std::uint8_t reference_code(const Spec& spec, Overflow overflow, float x) {
  return static_cast<std::uint8_t>(encode(spec, Rounding::nearest_even, overflow, x));
}

class EveryInstructionSet : public testing::TestWithParam<machine::InstructionSet> {};
INSTANTIATE_TEST_SUITE_P(Quantize, EveryInstructionSet, testing::ValuesIn(tests::available_instruction_sets()),
                         [](const auto& set) { return std::string(name(set.param)); });

TEST_P(EveryInstructionSet, EncodesAsTheReference) {
  const tests::WithInstructionSet use(GetParam());
  for (const Spec& spec : tests::all_kinds_of_formats(8)) {
    const std::vector<float> x = test_floats(spec);
    std::vector<std::uint8_t> codes(x.size());
    for (const auto overflow : {Overflow::saturate, Overflow::special}) {
      for (const float scale : {1.0F, 0x1p-3F, 0x1p100F, 0x1p-110F, 0.7F}) {
        encode(spec, overflow, x, scale, codes);
        for (std::size_t i = 0; i < x.size(); ++i) {
          ASSERT_EQ(codes[i], reference_code(spec, overflow, x[i] * scale))
              << testing::PrintToString(spec) << " of " << std::hexfloat << x[i] << " * " << scale;
        }
      }
    }
  }
}

// The smallest normal value of x is then far beyond binary32, where one of x * scale is near its end.
TEST_P(EveryInstructionSet, EncodesLargeFormatsUnderTheSmallestScaleAsTheReference) {
  const tests::WithInstructionSet use(GetParam());
  Spec spec = e4m3;
  spec.bias = -90;
  const std::vector<float> x = test_floats(spec);
  std::vector<std::uint8_t> codes(x.size());
  for (const float scale : {0x1p-126F, 0x1p-100F, 0x1p127F}) {
    encode(spec, Overflow::saturate, x, scale, codes);
    for (std::size_t i = 0; i < x.size(); ++i)
      ASSERT_EQ(codes[i], reference_code(spec, Overflow::saturate, x[i] * scale))
          << std::hexfloat << x[i] << " * " << scale;
  }
}

TEST_P(EveryInstructionSet, DecodesAsTheReference) {
  const tests::WithInstructionSet use(GetParam());
  std::array<std::uint8_t, 256> codes;
  for (std::size_t code = 0; code < codes.size(); ++code) codes[code] = static_cast<std::uint8_t>(code);
  std::array<float, 256> values;
  for (Spec spec : tests::all_kinds_of_formats(8))
    for (const int bias : {spec.bias, 127}) {
      spec.bias = bias;
      if (!spec.valid()) continue;
      // Codes that are numbers by themselves, too: kernels decode several at once, numbers another way.
      std::array<std::uint8_t, 256> numbers = codes;
      for (std::uint8_t& code : numbers)
        if (!std::isfinite(decode(spec, code))) code = 0;
      for (const auto& all : {codes, numbers}) {
        decode(spec, all, values);
        for (std::size_t i = 0; i < all.size(); ++i)
          ASSERT_EQ(bits(values[i]), bits(static_cast<float>(decode(spec, all[i]))))
              << testing::PrintToString(spec) << " code " << int{all[i]};
      }
    }
}

TEST_P(EveryInstructionSet, RoundsAsTheReference) {
  const tests::WithInstructionSet use(GetParam());
  auto formats = tests::all_kinds_of_formats(8);
  for (const Spec& spec : tests::named_formats()) formats.push_back(spec);
  for (const Spec& spec : formats) {
    const std::vector<float> x = test_floats(spec);
    for (const auto overflow : {Overflow::saturate, Overflow::special}) {
      std::vector<float> rounded = x;
      round_values(spec, overflow, rounded);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double expected = decode(spec, encode(spec, Rounding::nearest_even, overflow, x[i]));
        ASSERT_EQ(bits(rounded[i]), bits(static_cast<float>(expected)))
            << testing::PrintToString(spec) << " of " << std::hexfloat << x[i];
      }
    }
  }
}

TEST_P(EveryInstructionSet, TakesAnyLengthAndAlignmentAndWritesNothingElse) {
  const tests::WithInstructionSet use(GetParam());
  const std::vector<float> x = tests::random_bit_floats(200, 3);
  for (std::size_t offset = 0; offset < 5; ++offset) {
    for (std::size_t count = 0; count + offset <= 140; ++count) {
      const std::vector<float> exact(x.begin() + static_cast<std::ptrdiff_t>(offset),
                                     x.begin() + static_cast<std::ptrdiff_t>(offset + count));
      std::vector<std::uint8_t> codes(160, 0xA5);
      encode(e4m3, Overflow::saturate, exact, 1.0F, std::span(codes).subspan(offset, count));
      std::vector<float> values(160, -3.0F);
      decode(e4m3, std::span<const std::uint8_t>(codes).subspan(offset, count),
             std::span(values).subspan(offset, count));
      for (std::size_t i = 0; i < codes.size(); ++i) {
        const bool inside = i >= offset && i < offset + count;
        ASSERT_EQ(codes[i], inside ? reference_code(e4m3, Overflow::saturate, x[i]) : 0xA5);
        ASSERT_EQ(bits(values[i]), bits(inside ? static_cast<float>(decode(e4m3, codes[i])) : -3.0F));
      }
    }
  }
}

TEST_P(EveryInstructionSet, AmaxSkipsAndReportsNan) {
  const tests::WithInstructionSet use(GetParam());
  EXPECT_EQ(amax({}), (MeasuredAmax{0, false}));
  for (const std::size_t count : {1u, 5u, 16u, 63u, 64u, 65u, 1000u}) {
    for (const std::size_t at : {std::size_t{0}, count / 2, count - 1}) {
      std::vector<float> x(count, -1.5F);
      EXPECT_EQ(amax(x), (MeasuredAmax{1.5F, false}));
      x[at] = -7.0F;
      EXPECT_EQ(amax(x), (MeasuredAmax{7.0F, false}));
      x[at] = std::bit_cast<float>(0xFF800001u);
      EXPECT_EQ(amax(x), (MeasuredAmax{count == 1 ? 0.0F : 1.5F, true}));
      x[at] = -std::numeric_limits<float>::infinity();
      EXPECT_EQ(amax(x), (MeasuredAmax{std::numeric_limits<float>::infinity(), false}));
      x.assign(count, -0.0F);
      x[at] = -0x1p-149F;
      EXPECT_EQ(amax(x), (MeasuredAmax{0x1p-149F, false}));
    }
  }
}

TEST_P(EveryInstructionSet, AmaxesOfRunsAreThoseOfEachRun) {
  const tests::WithInstructionSet use(GetParam());
  for (const std::size_t length : {1u, 5u, 16u, 31u, 32u, 100u})
    for (const std::size_t runs : {0u, 1u, 7u, 300u}) {
      const std::vector<float> x = tests::random_bit_floats(length * runs, 3);  // NaN and infinities among them
      std::vector<MeasuredAmax> amaxes(runs, {0.5F, false}), expected = amaxes;
      for (std::size_t run = 0; run < runs; ++run) expected[run] += amax(std::span(x).subspan(run * length, length));
      add_amax_of_runs(x, length, amaxes);
      EXPECT_EQ(amaxes, expected);
    }
}

/// The documented order of the sums, written down a second time.
CastStatistics recount(const Spec& spec, Overflow overflow, std::span<const float> x, float scale) {
  CastStatistics total;
  for (std::size_t first = 0; first < x.size(); first += 4096) {
    std::array<double, 16> signal{};
    std::array<double, 16> error{};
    for (std::size_t i = first; i < std::min(first + 4096, x.size()); ++i) {
      const float scaled = x[i] * scale;
      const double value = decode(spec, reference_code(spec, overflow, scaled));
      ++total.count;
      total.zeros += x[i] == 0 ? 1 : 0;
      total.underflow += x[i] != 0 && value == 0 ? 1 : 0;
      total.overflow += std::fabs(scaled) > largest_kept(spec, Rounding::nearest_even, std::signbit(scaled)) ? 1 : 0;
      total.nan += std::isnan(x[i]) ? 1 : 0;
      if (!std::isfinite(x[i])) continue;
      const double reached = std::isfinite(value) ? value / scale : std::numeric_limits<double>::infinity();
      const double difference = x[i] - reached;
      signal[i % 16] += double{x[i]} * x[i];
      error[i % 16] += difference * difference;
    }
    for (std::size_t width = 8; width > 0; width /= 2) {
      for (std::size_t lane = 0; lane < width; ++lane) {
        signal[lane] += signal[lane + width];
        error[lane] += error[lane + width];
      }
    }
    total.signal_energy += signal[0];
    total.error_energy += error[0];
  }
  return total;
}

TEST_P(EveryInstructionSet, StatisticsEqualARecount) {
  const tests::WithInstructionSet use(GetParam());
  std::mt19937 generator(5);
  std::normal_distribution<float> normal;
  for (const Spec& spec : {e4m3, e4m3fnuz, e5m2, e3m4, e2m1, e8m0}) {
    for (const auto overflow : {Overflow::saturate, Overflow::special}) {
      for (const std::size_t count : {0u, 1u, 17u, 4096u, 4099u, 20000u}) {
        for (const float scale : {1.0F, 0x1p-6F, 0x1p9F, 0x1p-100F}) {
          for (const bool wild : {false, true}) {
            std::vector<float> x = wild ? tests::random_bit_floats(count, 11) : std::vector<float>(count);
            if (!wild)
              for (float& value : x) value = normal(generator);
            if (count > 16) x[16] = 0;
            std::vector<std::uint8_t> codes(count);
            std::vector<std::uint8_t> plain(count);
            const CastStatistics statistics = encode_with_statistics(spec, overflow, x, scale, codes);
            encode(spec, overflow, x, scale, plain);
            ASSERT_EQ(codes, plain);
            const CastStatistics expected = recount(spec, overflow, x, scale);
            ASSERT_EQ(statistics, expected)
                << testing::PrintToString(spec) << ' ' << count << ' ' << scale << ' ' << wild;
          }
        }
      }
    }
  }
}

TEST(Quantize, StatisticsOfKnownElements) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> x{0, -0.0F, 0x1p-10F, 465, 1, infinity, std::numeric_limits<float>::quiet_NaN(), 1.0625F};
  std::vector<std::uint8_t> codes(x.size());
  auto statistics = encode_with_statistics(e4m3, Overflow::saturate, x, 1.0F, codes);
  EXPECT_EQ(statistics.count, 8u);
  EXPECT_EQ(statistics.zeros, 2u);
  EXPECT_EQ(statistics.underflow, 1u);
  EXPECT_EQ(statistics.overflow, 2u);
  EXPECT_EQ(statistics.nan, 1u);
  EXPECT_EQ(statistics.signal_energy, 0x1p-20 + 465.0 * 465.0 + 1 + 1.0625 * 1.0625);
  EXPECT_EQ(statistics.error_energy, 0x1p-20 + 17.0 * 17.0 + 0.0625 * 0.0625);
  const std::vector<float> beyond{1000};
  codes.resize(1);
  statistics = encode_with_statistics(e4m3, Overflow::special, beyond, 1.0F, codes);
  EXPECT_EQ(statistics.error_energy, infinity);
}

TEST(Quantize, HistogramCountsExponentFields) {
  const std::vector<float> x = tests::random_bit_floats(10007, 1);
  std::array<std::uint64_t, 256> counts{};
  std::array<std::uint64_t, 256> expected{};
  counts[3] = expected[3] = 5;  // adds to what is there
  exponent_histogram(x, counts);
  for (const float value : x) ++expected[(bits(value) >> 23) & 0xFF];
  EXPECT_EQ(counts, expected);
}

}  // namespace
}  // namespace octavo::formats
