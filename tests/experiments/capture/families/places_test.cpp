// Names of places are all different, and every accumulator and order gives them exactly.
#include "experiments/capture/families/places.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "experiments/replay/emulator.h"
#include "experiments/replay/fit/candidate_rows.h"
#include "formats/decode.h"
#include "formats/encode.h"
#include "sim/gemm/tensor_core/reference.h"

namespace octavo::experiments::capture {
namespace {

TEST(Places, NamesAreExactAndDistinct) {
  for (const Types& types : every_type()) {
    Random random = random_of(2, types.suffix());
    const store::ProductCase data = place_names(types, 64, 256, 32, random);
    std::set<double> names;
    for (std::size_t i = 0; i < 64; ++i) {
      for (std::size_t j = 0; j < 256; ++j) {
        double exact = 0;
        for (std::size_t k = 0; k < 32; ++k)
          exact += formats::decode(types.a, data.a[i * 32 + k]) * formats::decode(types.b, data.b[j * 32 + k]);
        EXPECT_TRUE(names.insert(exact).second);
        const std::uint32_t f16 =
            formats::encode(formats::fp16, formats::Rounding::nearest_even, formats::Overflow::special, exact);
        EXPECT_EQ(formats::decode(formats::fp16, f16), exact);
        EXPECT_EQ(std::fmod(exact, std::ldexp(1.0, std::ilogb(exact) - 10)), 0) << "11 significant bits";
      }
    }
  }
}

/// Whatever is open about the model, a name is what it is: only a wrong map changes it.
TEST(Places, NoCandidateOfTheModelChangesAName) {
  for (const char* name : {"wgmma.m64n8k32.f32.e4m3.e5m2", "wgmma.m64n8k32.f16.e4m3.e5m2",
                           "mma.m16n8k32.f32.e4m3.e5m2.sm89", "mma.m16n8k32.f16.e4m3.e5m2.sm90"}) {
    const auto& operation = std::get<replay::ProductOperation>(replay::operation(name));
    const Types types{formats::e4m3, formats::e5m2, operation.product.accumulator};
    Random random = random_of(3, name);
    const store::ProductCase data = place_names(types, 16, 32, 32, random);
    const replay::EmulatedProduct product(operation, data);
    const std::vector<std::uint32_t> names = product.results().d;
    for (const sim::gemm::Architecture& row : replay::candidate_rows(operation.row()).rows) {
      const sim::gemm::ElementTable a = sim::gemm::element_table(types.a, row.operands_as_f16);
      const sim::gemm::ElementTable b = sim::gemm::element_table(types.b, row.operands_as_f16);
      for (std::size_t i = 0; i < 16; ++i) {
        for (std::size_t j = 0; j < 32; ++j) {
          std::vector<sim::gemm::Element> x, y;
          for (std::size_t k = 0; k < 32; ++k) {
            x.push_back(a[data.a[i * 32 + k]]);
            y.push_back(b[data.b[j * 32 + k]]);
          }
          ASSERT_EQ(sim::gemm::dot_add(row, x.data(), y.data(), 0), names[i * 32 + j]) << name;
        }
      }
    }
  }
}

TEST(Places, NeighboursAreManyUnitsApart) {
  Random random = random_of(1, "neighbours");
  const Types types{formats::e4m3, formats::e4m3, formats::Accumulator::f16};
  const store::ProductCase data = place_names(types, 64, 256, 32, random);
  const auto& operation = std::get<replay::ProductOperation>(replay::operation("wgmma.m64n8k32.f16.e4m3.e4m3"));
  const std::vector<std::uint32_t> d = replay::EmulatedProduct(operation, data).results().d;
  const auto apart = [&](std::size_t one, std::size_t other) {
    return std::abs(static_cast<int>(d[one]) - static_cast<int>(d[other]));
  };
  for (std::size_t i = 0; i + 1 < 64; ++i)
    for (std::size_t j = 0; j + 1 < 256; ++j) {
      EXPECT_GE(apart(i * 256 + j, i * 256 + j + 1), 16);
      EXPECT_GE(apart(i * 256 + j, (i + 1) * 256 + j), 16);
    }
}

}  // namespace
}  // namespace octavo::experiments::capture
