// A wrong map is told from a model that is nearly right, and from what is neither.
#include "experiments/replay/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "experiments/capture/families/places.h"
#include "experiments/capture/families/rows/random_rows.h"
#include "experiments/replay/compare.h"
#include "experiments/replay/compare_output.h"

namespace octavo::experiments::replay {
namespace {

using capture::Types;
using testing::HasSubstr;

const Types kTypes{formats::e4m3, formats::e4m3};
constexpr const char* kWgmma = "wgmma.m64n8k32.f32.e4m3.e4m3";

/// Gaussian dots with the results of the emulator.
store::Case gaussian_dots() {
  capture::Random random = capture::random_of(4, "verdict");
  std::vector<capture::DotRow> rows;
  for (int i = 0; i < 64; ++i) rows.push_back(capture::random_row_sets()[4].row(kTypes, random));
  store::ProductCase data = capture::product_case(kTypes, rows);
  data.d.values = EmulatedProduct(std::get<ProductOperation>(operation(kWgmma)), data).results().d;
  return {"W13.x", kWgmma, "test", data};
}

std::vector<std::uint32_t>& results(store::Case& one) { return std::get<store::ProductCase>(one.data).d.values; }

TEST(Verdict, ResultsInAnotherOrderAreMisplaced) {
  store::Case one = gaussian_dots();
  for (std::size_t i = 0; i < 64; i += 2) std::swap(results(one)[i], results(one)[i + 1]);
  const CaseComparison comparison = compare_case("f", one, {});
  EXPECT_EQ(comparison.mismatches, 64);
  EXPECT_EQ(comparison.verdicts.misplaced, 64);
  EXPECT_EQ(comparison.first[0].place, 1);
  const std::string text = comparison_text(comparison, true);
  EXPECT_THAT(text, HasSubstr("64 misplaced (the result of another dot of the same instruction: the map is wrong)"));
  EXPECT_THAT(text, HasSubstr(", misplaced: it is result 1"));
  EXPECT_THAT(comparison_text(comparison, false), testing::Not(HasSubstr("misplaced")));
}

TEST(Verdict, ARowWithAnothersColumnIsMisplaced) {
  store::Case one = gaussian_dots();
  const auto& data = std::get<store::ProductCase>(one.data);
  const EmulatedProduct product(std::get<ProductOperation>(operation(kWgmma)), data);
  for (std::size_t i = 0; i < 32; ++i)
    results(one)[i] = product.crossed(static_cast<std::int64_t>(i), static_cast<std::int64_t>(i + 5), 0);
  EXPECT_GE(compare_case("f", one, {}).verdicts.misplaced, 30);
}

TEST(Verdict, AUnitMoreIsNear) {
  store::Case one = gaussian_dots();
  for (std::uint32_t& bits : results(one)) bits += 0x400;  // the last of 14 bits
  const CaseComparison comparison = compare_case("f", one, {});
  EXPECT_EQ(comparison.verdicts.near, 64);
  EXPECT_THAT(comparison_text(comparison, true), HasSubstr("64 near (within a unit of the model"));
}

TEST(Verdict, AnotherNumberIsFar) {
  store::Case one = gaussian_dots();
  for (std::uint32_t& bits : results(one))
    bits = std::bit_cast<std::uint32_t>(std::bit_cast<float>(bits) * 1.5f + 1000.0f);
  const CaseComparison comparison = compare_case("f", one, {});
  EXPECT_EQ(comparison.verdicts.far, 64);
  EXPECT_THAT(comparison_json({comparison}), HasSubstr("\"verdict\": \"far\""));
}

TEST(Verdict, AZeroIsNobodysResult) {
  store::Case one = gaussian_dots();
  auto& data = std::get<store::ProductCase>(one.data);
  for (std::size_t k = 0; k < 32; ++k) data.a[k] = 0;  // the first result is zero, all others become it
  data.c->values.assign(64, 0);
  for (std::size_t i = 1; i < 64; ++i) results(one)[i] = 0;
  results(one)[0] = 0;
  const CaseComparison comparison = compare_case("f", one, {});
  EXPECT_GT(comparison.mismatches, 50);
  EXPECT_EQ(comparison.verdicts.misplaced, 0);
}

TEST(Verdict, OtherBitsOfNanAreCalledThat) {
  store::Case one = gaussian_dots();
  std::get<store::ProductCase>(one.data).a[0] = 0x7F;
  results(one)[0] = 0x7FC00000u;
  const CaseComparison comparison = compare_case("f", one, {});
  EXPECT_EQ(comparison.mismatches, 1);
  EXPECT_EQ(comparison.verdicts.nan_bits, 1);
}

TEST(Verdict, InfinityInsteadOfTheLargestIsNearWhereARoundingDecidesIt) {
  const Types types{formats::e4m3, formats::e4m3, formats::Accumulator::f16};
  capture::DotRow row;
  row.c = 0x7BFF;  // 65504
  capture::put_product(row, types, 0, 1.0, 4, false);
  store::ProductCase data = capture::product_case(types, {row});
  data.d.values = {0x7BFF};  // cut instead of rounded: 65520 is a tie, which goes to infinity
  CaseComparison comparison = compare_case("f", {"x", "wgmma.m64n8k32.f16.e4m3.e4m3", "test", data}, {});
  EXPECT_EQ(comparison.mismatches, 1);
  EXPECT_EQ(comparison.verdicts.near, 1);
  data.c->values = {0x7C00};  // an infinity among the operands is not a matter of rounding
  comparison = compare_case("f", {"x", "wgmma.m64n8k32.f16.e4m3.e4m3", "test", data}, {});
  EXPECT_EQ(comparison.verdicts.far, 1);
}

TEST(Verdict, ManyMismatchesAreJudgedInPart) {
  capture::Random random = capture::random_of(1, "many");
  store::ProductCase data = capture::place_names(kTypes, 64, 256, 32, random);
  data.d.values = EmulatedProduct(std::get<ProductOperation>(operation(kWgmma)), data).results().d;
  for (std::size_t i = 0; i < data.d.values.size(); i += 2) std::swap(data.d.values[i], data.d.values[i + 1]);
  const CaseComparison comparison = compare_case("f", {"P1.x", kWgmma, "test", data}, {});
  EXPECT_EQ(comparison.mismatches, 64 * 256);
  EXPECT_GE(comparison.verdicts.judged(), static_cast<std::int64_t>(kMostJudged));
  EXPECT_LE(comparison.verdicts.judged(), static_cast<std::int64_t>(kMostJudged) + 3);
  EXPECT_EQ(comparison.verdicts.misplaced, comparison.verdicts.judged());
  EXPECT_THAT(comparison_text(comparison, true), HasSubstr(" judged "));
}

TEST(Verdict, OfConversions) {
  EXPECT_EQ(conversion_verdict(formats::e4m3, 0x38, 0x39), Verdict::near);
  EXPECT_EQ(conversion_verdict(formats::e4m3, 0x38, 0x3A), Verdict::far);
  EXPECT_EQ(conversion_verdict(formats::e4m3, 0x7F, 0xFF), Verdict::nan_bits);
  EXPECT_EQ(conversion_verdict(formats::e4m3, 0x7F, 0x7E), Verdict::far);
  EXPECT_EQ(conversion_verdict(formats::e4m3, 0x7F, 0x80), Verdict::far);
}

}  // namespace
}  // namespace octavo::experiments::replay
