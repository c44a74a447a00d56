// All 2^32 floats: rounding without codes gives the values of the codes, and those of fp16 are the processor's.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "formats/catalog.h"
#include "formats/span/quantize.h"
#include "messages/named.h"
#include "tests/formats/every_float.h"
#include "tests/formats/every_format.h"

namespace octavo::formats {
namespace {

std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }

std::uint64_t values_that_differ(std::span<const float> a, std::span<const float> b) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += bits(a[i]) != bits(b[i]) ? 1u : 0u;
  return count;
}

class ExhaustiveRounding : public testing::TestWithParam<CatalogEntry> {};

std::vector<CatalogEntry> formats_of_bytes() {
  std::vector<CatalogEntry> formats;
  for (const CatalogEntry& entry : catalog())
    if (entry.spec.bits() <= 8) formats.push_back(entry);
  return formats;
}
INSTANTIATE_TEST_SUITE_P(Formats, ExhaustiveRounding, testing::ValuesIn(formats_of_bytes()),
                         [](const auto& format) { return std::string(format.param.name); });

/// boundaries_exhaustive.cpp is about the codes.
TEST_P(ExhaustiveRounding, GivesTheValuesOfTheCodes) {
  const Spec& spec = GetParam().spec;
  for (const auto overflow : {Overflow::saturate, Overflow::special}) {
    if (overflow == Overflow::special && !spec.has_nan()) continue;  // the same mode again
    const auto check = [&](std::uint32_t, std::span<const float> floats) {
      thread_local std::vector<std::uint8_t> codes(tests::kStretchFloats);
      thread_local std::vector<float> values(tests::kStretchFloats);
      thread_local std::vector<float> rounded(tests::kStretchFloats);
      encode(spec, overflow, floats, 1.0F, codes);
      decode(spec, codes, values);
      std::copy(floats.begin(), floats.end(), rounded.begin());
      round_values(spec, overflow, rounded);
      return values_that_differ(rounded, values);
    };
    EXPECT_EQ(tests::count_in_every_float(check), 0u) << "overflow " << static_cast<int>(overflow);
  }
}

/// The upper half of binary32, by integers alone.
TEST(ExhaustiveRoundingToBf16, IsTheNearestUpperHalf) {
  const auto check = [](std::uint32_t, std::span<const float> floats) {
    thread_local std::vector<float> expected(tests::kStretchFloats);
    thread_local std::vector<float> rounded(tests::kStretchFloats);
    for (std::size_t i = 0; i < floats.size(); ++i) {
      const std::uint64_t magnitude = bits(floats[i]) & 0x7FFFFFFFu;
      const std::uint64_t below = magnitude >> 16 << 16;
      const std::uint64_t rest = magnitude - below;
      const bool grows = rest > 0x8000u || (rest == 0x8000u && (below & 0x10000u) != 0);
      const auto nearest = static_cast<std::uint32_t>(grows ? below + 0x10000u : below);
      expected[i] = std::isnan(floats[i]) ? std::numeric_limits<float>::quiet_NaN()
                                          : std::bit_cast<float>(nearest | (bits(floats[i]) & 0x80000000u));
    }
    std::copy(floats.begin(), floats.end(), rounded.begin());
    round_values(bf16, Overflow::special, rounded);
    return values_that_differ(rounded, expected);
  };
  for (const auto set : tests::available_instruction_sets()) {
    const tests::WithInstructionSet use(set);
    EXPECT_EQ(tests::count_in_every_float(check), 0u) << name(set);
  }
}

#if defined(__x86_64__)

/// VCVTPS2PH and back; the processor keeps a NaN's sign and payload where round_values gives one NaN.
[[gnu::target("avx,f16c")]] void round_as_the_processor(std::span<const float> x, float* rounded) {
  for (std::size_t i = 0; i < x.size(); i += 8)
    _mm256_storeu_ps(rounded + i, _mm256_cvtph_ps(_mm256_cvtps_ph(_mm256_loadu_ps(x.data() + i), 0)));
  for (std::size_t i = 0; i < x.size(); ++i)
    if (std::isnan(x[i])) rounded[i] = std::numeric_limits<float>::quiet_NaN();
}

TEST(ExhaustiveRoundingToFp16, IsTheProcessors) {
  if (!__builtin_cpu_supports("f16c")) GTEST_SKIP() << "this processor has no F16C";
  for (const auto set : tests::available_instruction_sets()) {
    const tests::WithInstructionSet use(set);
    const auto check = [](std::uint32_t, std::span<const float> floats) {
      thread_local std::vector<float> expected(tests::kStretchFloats);
      thread_local std::vector<float> rounded(tests::kStretchFloats);
      round_as_the_processor(floats, expected.data());
      std::copy(floats.begin(), floats.end(), rounded.begin());
      round_values(fp16, Overflow::special, rounded);
      return values_that_differ(rounded, expected);
    };
    EXPECT_EQ(tests::count_in_every_float(check), 0u) << name(set);
  }
}

#endif

}  // namespace
}  // namespace octavo::formats
