// All 2^32 floats in order: the code is constant between MPFR's boundaries and changes exactly there.
//
// Every format of at most 8 bits under every deterministic rounding and both overflow modes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "formats/catalog.h"
#include "formats/encode.h"
#include "formats/span/cast.h"
#include "tests/formats/boundaries.h"
#include "tests/formats/every_float.h"
#include "tests/formats/every_format.h"

namespace octavo::formats {
namespace {

/// The codes of a stretch of floats of one sign in order, filled from the steps alone.
void fill_from_steps(const tests::Boundaries& boundaries, const Spec& spec, std::uint32_t first_bits,
                     std::span<std::uint8_t> codes) {
  const std::uint32_t first = first_bits & 0x7FFFFFFFu;
  const std::size_t numbers = first >= 0x7F800000u ? 0 : codes.size();  // stretches start at infinity, not before it
  std::fill(codes.begin() + static_cast<std::ptrdiff_t>(numbers), codes.end(),
            static_cast<std::uint8_t>(spec.code_of_nan()));
  if (first == 0x7F800000u) codes[0] = static_cast<std::uint8_t>(boundaries.code_of_infinity());
  const auto& steps = boundaries.steps();
  auto step = std::upper_bound(steps.begin(), steps.end(), double{std::bit_cast<float>(first)},
                               [](double x, const auto& other) { return x < other.at; }) -
              1;
  for (std::size_t i = 0; i < numbers;) {
    const double x = std::bit_cast<float>(first + static_cast<std::uint32_t>(i));
    while (step + 1 != steps.end() && (step + 1)->at <= x) ++step;
    if (step->at == x) {
      codes[i++] = static_cast<std::uint8_t>(step->code_at);
      continue;
    }
    // Up to the first float that is not below the next step.
    std::size_t end = numbers;
    if (step + 1 != steps.end() && (step + 1)->at <= double{std::numeric_limits<float>::max()}) {
      auto next = static_cast<float>((step + 1)->at);
      if (double{next} < (step + 1)->at) next = std::nextafter(next, HUGE_VALF);
      end = std::min(numbers, std::size_t{std::bit_cast<std::uint32_t>(next) - first});
    }
    std::fill(codes.begin() + static_cast<std::ptrdiff_t>(i), codes.begin() + static_cast<std::ptrdiff_t>(end),
              static_cast<std::uint8_t>(step->code_above));
    i = end;
  }
}

constexpr Rounding kRoundings[] = {Rounding::nearest_even, Rounding::nearest_away, Rounding::toward_zero,
                                   Rounding::up,           Rounding::down,         Rounding::to_odd};

std::vector<CatalogEntry> formats_of_codes() {
  std::vector<CatalogEntry> formats;
  for (const CatalogEntry& entry : catalog())
    if (entry.spec.bits() <= 8) formats.push_back(entry);
  return formats;
}

class Exhaustive : public testing::TestWithParam<CatalogEntry> {};
INSTANTIATE_TEST_SUITE_P(Formats, Exhaustive, testing::ValuesIn(formats_of_codes()),
                         [](const auto& format) { return std::string(format.param.name); });

std::uint64_t stretches_that_differ(const Spec& spec, Rounding rounding, Overflow overflow) {
  const tests::Boundaries positive(spec, rounding, overflow, false);
  const tests::Boundaries negative(spec, rounding, overflow, true);
  return tests::count_in_every_float([&](std::uint32_t first, std::span<const float> floats) {
    thread_local std::vector<std::uint8_t> expected(tests::kStretchFloats);
    thread_local std::vector<std::uint8_t> codes(tests::kStretchFloats);
    if ((first >> 31) != 0 && !spec.has_zero) return std::uint64_t{0};  // cast_test.cpp: the sign does not matter
    fill_from_steps((first >> 31) != 0 ? negative : positive, spec, first, expected);
    encode(ElementCast{.format = spec, .rounding = rounding, .overflow = overflow}, floats, codes);
    return std::uint64_t{codes != expected ? 1u : 0u};
  });
}

TEST_P(Exhaustive, CodesChangeExactlyAtTheBoundaries) {
  const Spec& spec = GetParam().spec;
  for (const Rounding rounding : kRoundings) {
    for (const auto overflow : {Overflow::saturate, Overflow::special}) {
      if (overflow == Overflow::special && !spec.has_nan()) continue;  // the same mode again
      EXPECT_EQ(stretches_that_differ(spec, rounding, overflow), 0u)
          << "stretches that differ, rounding " << static_cast<int>(rounding) << " overflow "
          << static_cast<int>(overflow);
    }
  }
}

/// The other kernels from the same source, under the modes that decide between them.
TEST(ExhaustiveInstructionSets, GiveTheSameCodes) {
  for (const auto set : tests::available_instruction_sets()) {
    if (set == machine::instruction_set()) continue;
    const tests::WithInstructionSet use(set);
    EXPECT_EQ(stretches_that_differ(e4m3, Rounding::nearest_even, Overflow::special), 0u) << name(set);
    if (set == machine::InstructionSet::scalar) continue;  // minutes
    EXPECT_EQ(stretches_that_differ(e5m2fnuz, Rounding::down, Overflow::saturate), 0u) << name(set);
  }
}

/// The other half of the argument, for one format; cuda_exhaustive.cpp does the same for E4M3 and E5M2.
TEST(ExhaustiveReference, EqualsSpanCast) {
  const auto check = [](std::uint32_t, std::span<const float> floats) {
    thread_local std::vector<std::uint8_t> codes(tests::kStretchFloats);
    encode(ElementCast{.format = e4m3fnuz, .overflow = Overflow::special}, floats, codes);
    std::uint64_t mismatches = 0;
    for (std::size_t i = 0; i < floats.size(); ++i)
      mismatches += codes[i] != encode(e4m3fnuz, Rounding::nearest_even, Overflow::special, floats[i]) ? 1 : 0;
    return mismatches;
  };
  EXPECT_EQ(tests::count_in_every_float(check), 0u);
}

}  // namespace
}  // namespace octavo::formats
