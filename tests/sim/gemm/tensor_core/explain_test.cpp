// Explanations are about the sums that the reference computes.
#include "sim/gemm/tensor_core/explain.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

#include "formats/decode.h"
#include "formats/encode.h"

namespace octavo::sim::gemm {
namespace {

using formats::Accumulator;

/// What the trace's kept terms give, rounded as the row says.
std::uint32_t rounded(const Architecture& row, const GroupTrace& group) {
  std::int64_t total = 0;
  for (const TermTrace& term : group.terms) total += term.kept;
  const double value = std::ldexp(static_cast<double>(total), group.quantum);
  if (row.output == OutputRounding::f16_nearest_even)
    return formats::encode(formats::fp16, formats::Rounding::nearest_even, formats::Overflow::special, value);
  const int bits = row.output == OutputRounding::e8m13_toward_zero ? 14 : 24;
  if (total == 0) return 0;
  const double unit = std::ldexp(1.0, std::max(std::ilogb(value), -126) - (bits - 1));
  return std::bit_cast<std::uint32_t>(static_cast<float>(std::trunc(value / unit) * unit));
}

TEST(Explain, KeptTermsGiveTheReferencesResult) {
  std::mt19937 random(11);
  int groups_seen = 0;
  for (const Architecture& row : architectures()) {
    if (row.datapath != Datapath::fused || row.scale != BlockScale::none || !row.takes(formats::e4m3)) continue;
    SCOPED_TRACE(testing::Message() << row.name << " " << row.variant << " " << name(row.accumulator));
    const ElementTable a_table = element_table(formats::e4m3, row.operands_as_f16);
    const ElementTable b_table = element_table(formats::e5m2, row.operands_as_f16);
    for (int round = 0; round < 300; ++round) {
      std::vector<Element> a, b;
      for (int k = 0; k < row.depth; ++k) {
        // Every third round of all magnitudes, else close enough to each other to cancel and to truncate.
        const bool wide = round % 3 == 0;
        std::uint32_t x = 0, y = 0;
        do x = wide ? random() % 256 : 0x28 + random() % 0x20 + (random() & 0x80u);
        while (a_table[x].kind != Element::Kind::finite);
        do y = wide ? random() % 256 : 0x30 + random() % 0x10 + (random() & 0x80u);
        while (b_table[y].kind != Element::Kind::finite);
        a.push_back(random() % 8 == 0 ? Element{} : a_table[x]);
        b.push_back(b_table[y]);
      }
      const float addend =
          std::ldexp(static_cast<float>(random() % 2048) - 1024.0f, static_cast<int>(random() % 20) - 20);
      const std::uint32_t c =
          row.accumulator == Accumulator::f32
              ? std::bit_cast<std::uint32_t>(addend)
              : formats::encode(formats::fp16, formats::Rounding::nearest_even, formats::Overflow::special, addend);
      const std::vector<GroupTrace> groups = explain(row, a.data(), b.data(), c);
      ASSERT_EQ(groups.size(), static_cast<std::size_t>(row.depth / row.group));
      for (const GroupTrace& group : groups) {
        if (group.special) continue;  // the group before overflowed to infinity
        ASSERT_EQ(group.result, rounded(row, group));
        ++groups_seen;
        for (const TermTrace& term : group.terms) ASSERT_LE(term.exponent, group.exponent);
      }
      if (row.addend == Addend::aligned) {
        ASSERT_EQ(groups.back().result, dot_add(row, a.data(), b.data(), c));
      }
    }
  }
  EXPECT_GT(groups_seen, 2000);
}

TEST(Explain, NamesWhatDecides) {
  // Two products of exponent -10 cancel, and still cut the addend (asserted on an H100 by MMA-Sim).
  const Architecture& row = architecture("hopper-wgmma");
  const ElementTable table = element_table(formats::e4m3, false);
  std::vector<Element> a(32, table[0]), b(32, table[0]);
  a[0] = table[0x10], a[1] = table[0x90], b[0] = b[1] = table[0x10];
  const auto groups = explain(row, a.data(), b.data(), std::bit_cast<std::uint32_t>(0x1.ffcp-14f));
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].exponent, -10);
  EXPECT_EQ(groups[0].quantum, -23);
  ASSERT_EQ(groups[0].terms.size(), 3u);
  EXPECT_EQ(groups[0].terms[0].k, -1);
  EXPECT_EQ(groups[0].terms[0].exponent, -14);
  EXPECT_EQ(groups[0].terms[1].exponent, -10);
  EXPECT_EQ(groups[0].result, std::bit_cast<std::uint32_t>(0x1.ff8p-14f));
  EXPECT_EQ(slack(groups[0]), 3 * 0x1p-23);
}

TEST(Explain, SlackBoundsWhatOneBitMoreOrLessDoesToASum) {
  std::mt19937 random(3);
  Architecture wide = architecture("hopper-wgmma");
  wide.output = OutputRounding::f32_toward_zero;  // so that the sum's own rounding changes nothing
  const ElementTable table = element_table(formats::e4m3, false);
  int differing = 0;
  for (int i = 0; i < 500; ++i) {
    std::vector<Element> a, b;
    for (int k = 0; k < 32; ++k) {
      a.push_back(table[(0x10 + random() % 0x58) | (random() & 0x80u)]);
      b.push_back(table[(0x10 + random() % 0x58) | (random() & 0x80u)]);
    }
    const double bound = slack(explain(wide, a.data(), b.data(), 0)[0]);
    for (const int change : {-1, 1}) {
      Architecture other = wide;
      other.fraction_bits += change;
      const double difference = std::fabs(std::bit_cast<float>(dot_add(other, a.data(), b.data(), 0)) -
                                          std::bit_cast<float>(dot_add(wide, a.data(), b.data(), 0)));
      EXPECT_LE(difference, bound);
      if (difference > 0) ++differing;
    }
  }
  EXPECT_GT(differing, 200);
}

}  // namespace
}  // namespace octavo::sim::gemm
