// Limits that Spec derives, against the values that were published.
#include "formats/limits.h"

#include <gtest/gtest.h>

#include "formats/catalog.h"
#include "formats/encode.h"
#include "tests/formats/every_format.h"

namespace octavo::formats {
namespace {

struct Published {
  const char* name;
  int bias;
  int min_exponent;
  int max_exponent;
  double max;
  double min_normal;
  double min_subnormal;  ///< 0: none
};

// arXiv 2309.17224 table 7, OCP OFP8 1.0 table 2, OCP MX 1.0 tables 3 to 7, and the widths' own definitions.
constexpr Published kPublished[] = {
    {"e4m3fnuz", 8, -7, 7, 240, 0x1p-7, 0x1p-10},
    {"e5m2fnuz", 16, -15, 15, 57344, 0x1p-15, 0x1p-17},
    {"e4m3", 7, -6, 8, 448, 0x1p-6, 0x1p-9},
    {"e5m2", 15, -14, 15, 57344, 0x1p-14, 0x1p-16},
    {"e4m3ieee", 7, -6, 7, 240, 0x1p-6, 0x1p-9},
    {"e4m3b11fnuz", 11, -10, 4, 30, 0x1p-10, 0x1p-13},
    {"e3m4", 3, -2, 3, 15.5, 0x1p-2, 0x1p-6},
    {"e8m0", 127, -127, 127, 0x1p127, 0x1p-127, 0},
    {"e3m2", 3, -2, 4, 28, 0.25, 0.0625},
    {"e2m3", 1, 0, 2, 7.5, 1, 0.125},
    {"e2m1", 1, 0, 2, 6, 1, 0.5},
    // IEEE P3109's value tables: the largest finite of an extended format is one below that of the finite one.
    {"binary8p1se", 64, -63, 62, 0x1p62, 0x1p-63, 0},
    {"binary8p2se", 32, -31, 31, 0x1p31, 0x1p-31, 0x1p-32},
    {"binary8p3se", 16, -15, 15, 49152, 0x1p-15, 0x1p-17},
    {"binary8p4se", 8, -7, 7, 224, 0x1p-7, 0x1p-10},
    {"binary8p5se", 4, -3, 3, 15, 0x1p-3, 0x1p-7},
    {"binary8p6se", 2, -1, 1, 3.875, 0x1p-1, 0x1p-6},
    {"binary8p7se", 1, 0, 0, 1.96875, 1, 0x1p-6},
    {"binary8p1sf", 64, -63, 63, 0x1p63, 0x1p-63, 0},
    {"binary8p2sf", 32, -31, 31, 0x1.8p31, 0x1p-31, 0x1p-32},
    {"binary8p5sf", 4, -3, 3, 15.5, 0x1p-3, 0x1p-7},
    {"binary8p6sf", 2, -1, 1, 3.9375, 0x1p-1, 0x1p-6},
    {"binary8p7sf", 1, 0, 0, 1.984375, 1, 0x1p-6},
    {"int8", -5, 6, 6, 127, 64, 1},
    {"int4", -1, 2, 2, 7, 4, 1},
    {"int8q6", 1, 0, 0, 1.984375, 1, 0x1p-6},
    {"fp16", 15, -14, 15, 65504, 0x1p-14, 0x1p-24},
    {"bf16", 127, -126, 127, 0x1.FEp127, 0x1p-126, 0x1p-133},
    {"tf32", 127, -126, 127, 0x1.FFCp127, 0x1p-126, 0x1p-136},
};

TEST(Limits, EqualThePublishedOnes) {
  EXPECT_EQ(std::size(kPublished), catalog().size());
  for (const Published& published : kPublished) {
    SCOPED_TRACE(published.name);
    const Spec format = spec(published.name);
    const Limits derived = limits(format);
    EXPECT_EQ(format.bias, published.bias);
    EXPECT_EQ(format.min_exponent(), published.min_exponent);
    EXPECT_EQ(format.max_exponent(), published.max_exponent);
    EXPECT_EQ(derived.max, published.max);
    EXPECT_EQ(derived.min_normal, published.min_normal);
    EXPECT_EQ(derived.min_subnormal.value_or(0), published.min_subnormal);
  }
}

TEST(Limits, SpecialCodesArePublishedOnes) {
  struct {
    Spec format;
    std::optional<std::uint32_t> nan, infinity;
    std::uint32_t nan_codes;
  } const table[] = {
      {e4m3, 0x7F, {}, 2},
      {e4m3ieee, 0x7F, 0x78, 14},
      {e5m2, 0x7F, 0x7C, 6},
      {e4m3fnuz, 0x80, {}, 1},
      {e5m2fnuz, 0x80, {}, 1},
      {e4m3b11fnuz, 0x80, {}, 1},
      {e8m0, 0xFF, {}, 1},
      {e3m2, {}, {}, 0},
      {e2m3, {}, {}, 0},
      {e2m1, {}, {}, 0},
      {e3m4, 0x7F, 0x70, 30},
      {fp16, 0x7FFF, 0x7C00, 2046},
      {bf16, 0x7FFF, 0x7F80, 254},
      {binary8(4, true), 0x80, 0x7F, 1},
      {binary8(1, true), 0x80, 0x7F, 1},
      {binary8(7, false), 0x80, {}, 1},
      {int8, {}, {}, 0},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(name(row.format));
    EXPECT_EQ(limits(row.format).nan, row.nan);
    EXPECT_EQ(limits(row.format).infinity, row.infinity);
    std::uint32_t nan_codes = 0;
    for (std::uint32_t code = 0; code < row.format.code_count(); ++code)
      nan_codes += std::isnan(decode(row.format, code)) ? 1 : 0;
    EXPECT_EQ(nan_codes, row.nan_codes);
  }
}

TEST(Limits, AgreeWithAnEnumerationOfTheCodes) {
  std::vector<Spec> formats = tests::all_kinds_of_formats(8);
  for (const Spec& format : tests::named_formats()) formats.push_back(format);
  for (const Spec& format : formats) {
    SCOPED_TRACE(name(format));
    const Limits derived = limits(format);
    double max = 0;
    double smallest = std::numeric_limits<double>::infinity();
    std::uint32_t finite = 0;
    bool zero = false;
    for (std::uint32_t code = 0; code < format.code_count(); ++code) {
      const double value = decode(format, code);
      if (!std::isfinite(value)) continue;
      finite += value != 0 || !zero ? 1 : 0;
      zero = zero || value == 0;
      max = std::max(max, value);
      if (value > 0) smallest = std::min(smallest, value);
    }
    EXPECT_EQ(derived.max, max);
    EXPECT_EQ(derived.min_subnormal.value_or(*derived.min_normal), smallest);
    EXPECT_EQ(derived.finite_values, finite);
    EXPECT_EQ(derived.binades, std::log2(max / smallest));
  }
}

// arXiv 2310.18313 table 9 gives "max relative error" as a range. All its numbers are spacings (so twice the error of
// rounding to nearest): the first step of the range over its upper value, and the last step over its lower value.
std::pair<double, double> spacings(const Spec& format, std::uint32_t first, std::uint32_t last) {
  const auto value = [&](std::uint32_t code) { return decode(format, code); };
  return {(value(first + 1) - value(first)) / value(first + 1), (value(last) - value(last - 1)) / value(last - 1)};
}

TEST(Limits, SpacingsOfTable9OfFp8Lm) {
  struct {
    Spec format;
    double normal[2], subnormal[2];
  } const table[] = {
      {fp16, {9.76e-4, 4.89e-4}, {0.5, 0}},
      {bf16, {7.75e-3, 3.94e-3}, {0.5, 0}},
      {e4m3, {1.11e-1, 7.69e-2}, {0.5, 0.167}},
      {e5m2, {0.2, 0.167}, {0.5, 0.5}},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(name(row.format));
    const std::uint32_t hidden = 1u << row.format.mantissa_bits;
    const auto [low, high] = spacings(row.format, hidden, row.format.max_code());
    EXPECT_NEAR(low / row.normal[0], 1, 0.002);  // three digits were printed
    EXPECT_NEAR(high / row.normal[1], 1, 0.002);
    const auto [finest, coarsest] = spacings(row.format, 1, hidden - 1);
    EXPECT_EQ(finest, row.subnormal[0]);
    if (row.subnormal[1] != 0) {
      EXPECT_NEAR(coarsest, row.subnormal[1], 0.0005);
    }
  }
}

TEST(Limits, LargestRelativeErrorIsReachedJustAboveAPowerOfTwo) {
  for (const Spec& format : {e4m3, e5m2, e4m3fnuz, e3m2, e2m1, fp16}) {
    const double worst = 1 + std::ldexp(1.0, -format.mantissa_bits - 1);  // ties down to 1
    const double rounded = decode(format, encode(format, Rounding::nearest_even, Overflow::saturate, worst));
    EXPECT_EQ((worst - rounded) / worst, limits(format).max_relative_error) << name(format);
  }
}

}  // namespace
}  // namespace octavo::formats
