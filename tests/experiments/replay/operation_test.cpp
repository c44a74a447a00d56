// Every operation has a model, and a name that finds it.
#include "experiments/replay/operation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "experiments/replay/emulator.h"
#include "messages/error.h"

namespace octavo::experiments::replay {
namespace {

TEST(Operation, EveryNameFindsItsModel) {
  std::set<std::string> names;
  for (const NamedOperation& one : operations()) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    const Operation& found = operation(one.name);
    EXPECT_EQ(&found, &one.operation);
    if (const auto* product = std::get_if<ProductOperation>(&found)) {
      if (product->a) {
        EXPECT_TRUE(product->row().takes(*product->a)) << one.name;
      }
    }
  }
  for (const char* name :
       {"wgmma.m64n8k32.f32.e4m3.e5m2", "wgmma.m64n8k32.f16.e5m2.e5m2", "cublaslt.fp8.fast_accum",
        "mma.m16n8k32.f32.e4m3.e4m3.sm90.ptxas12", "mma.m16n8k32.f16.e2m1.e4m3.sm120", "cublaslt.fp8.split_accum",
        "cvt.rn.satfinite.e4m3x2.f32", "cvt.rn.satfinite.relu.e5m2x2.f16x2", "cvt.rn.f16x2.e5m2x2",
        "cvt.rp.satfinite.ue8m0x2.bf16x2", "cvt.rn.bf16x2.ue8m0x2", "wgmma.sp.m64n8k64.f16.e5m2.e4m3",
        "mma.m16n8k16.f32.e4m3.e5m2.sm89", "mma.m16n8k16.f16.e4m3.e4m3.sm100"})
    EXPECT_TRUE(names.contains(name)) << name;
}

TEST(Operation, NamesMapToRows) {
  const auto row = [](const char* name) { return std::get<ProductOperation>(operation(name)).row(); };
  EXPECT_EQ(row("wgmma.m64n256k32.f32.e4m3.e4m3").name, "hopper-wgmma");
  EXPECT_EQ(row("mma.m16n8k32.f16.e4m3.e4m3.sm89").name, "ada-mma");
  EXPECT_EQ(row("mma.m16n8k32.f16.e4m3.e4m3.sm89").accumulator, formats::Accumulator::f16);
  EXPECT_EQ(row("mma.m16n8k32.f32.e4m3.e4m3.sm100").name, "hopper-mma");
  EXPECT_EQ(row("mma.m16n8k32.f32.e4m3.e4m3.sm90.ptxas12").variant, "ptxas12");
  EXPECT_EQ(row("mma.m16n8k32.f32.e4m3.e4m3.sm120").name, "blackwell-mma");
  EXPECT_EQ(row("mma.m16n8k16.f32.e4m3.e4m3.sm90").variant, "k16");
  EXPECT_EQ(row("mma.m16n8k16.f32.e4m3.e4m3.sm90").depth, 16);
  EXPECT_EQ(row("mma.m16n8k16.f16.e4m3.e4m3.sm89").group, 16);
  EXPECT_EQ(row("wgmma.sp.m64n8k64.f32.e4m3.e4m3").name, "hopper-wgmma");
  EXPECT_TRUE(std::get<ProductOperation>(operation("wgmma.sp.m64n8k64.f32.e4m3.e4m3")).sparse());
  EXPECT_EQ(std::get<ProductOperation>(operation("cublaslt.fp8.split_accum")).product.promotion, 128);
}

TEST(Operation, UnknownNamesGetTheNearest) {
  const auto message = [](const std::string& name) -> std::string {
    try {
      operation(name);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(message("wgmma.m64n8k32.f32.e4m3.e4m4"),
              testing::HasSubstr("did you mean 'wgmma.m64n8k32.f32.e4m3.e4m3'"));
  EXPECT_THAT(message("wgmma.m64n12k32.f32.e4m3.e4m3"), testing::HasSubstr("unknown"));
  EXPECT_THAT(message("cvt.rn.satfinite.e4m3.f32"), testing::HasSubstr("cvt.rn.satfinite.e4m3x2.f32"));
  EXPECT_THAT(message(std::string(100000, 'x') + "\n"), testing::Not(testing::HasSubstr("\n")));
}

std::uint32_t converted(const char* name, std::uint32_t input) {
  return convert(std::get<ConversionOperation>(operation(name)), input);
}

// What cuda_fp8.h computes on the host and PTX documents; the rounding itself is proven in tests/formats.
TEST(Conversion, SpecialValues) {
  EXPECT_EQ(converted("cvt.rn.satfinite.e4m3x2.f32", 0xFFC00000u), 0x7Fu);  // -NaN
  EXPECT_EQ(converted("cvt.rn.satfinite.e4m3x2.f32", 0xFF800000u), 0xFEu);  // -Inf
  EXPECT_EQ(converted("cvt.rn.satfinite.e5m2x2.f32", 0x7F800000u), 0x7Bu);
  EXPECT_EQ(converted("cvt.rn.satfinite.e4m3x2.f32", 0x80000000u), 0x80u);
  EXPECT_EQ(converted("cvt.rn.satfinite.e4m3x2.f32", 0x3A800000u), 0x00u);  // 2^-10, a tie to even
  EXPECT_EQ(converted("cvt.rn.satfinite.e4m3x2.f32", 0x3A800001u), 0x01u);
  EXPECT_EQ(converted("cvt.rn.satfinite.relu.e4m3x2.f32", 0xBF800000u), 0x00u);
  EXPECT_EQ(converted("cvt.rn.satfinite.relu.e4m3x2.f32", 0xFFC00000u), 0x7Fu);
  EXPECT_EQ(converted("cvt.rn.satfinite.e4m3x2.f16x2", 0x7C00u), 0x7Eu);
  EXPECT_EQ(converted("cvt.rn.satfinite.e2m1x2.f32", 0xFFC00000u), 0x7u);
  EXPECT_EQ(converted("cvt.rn.satfinite.e3m2x2.f32", 0xFF800000u), 0x3Fu);
}

TEST(Conversion, DigestsAreThoseOfEveryInputInOrder) {
  for (const char* name : {"cvt.rn.satfinite.e4m3x2.f32", "cvt.rn.satfinite.relu.e5m2x2.f32"}) {
    const auto& conversion = std::get<ConversionOperation>(operation(name));
    const store::ConversionCase data{{16, {0x3C80, 0xBC00, 0x7F80, 0xFFFF, 0x8000}}, {32, {0, 0, 0, 0, 0}}, true};
    const std::vector<std::uint32_t> digests = emulate(conversion, data);
    for (std::size_t i = 0; i < digests.size(); ++i) {
      std::vector<std::uint8_t> outputs;
      for (std::uint32_t low = 0; low < 65536; ++low)
        outputs.push_back(static_cast<std::uint8_t>(convert(conversion, data.input.values[i] << 16 | low)));
      EXPECT_EQ(digest(outputs), digests[i]) << name << " " << i;
    }
  }
  EXPECT_EQ(digest({}), 2166136261u);
  EXPECT_EQ(digest(std::vector<std::uint8_t>{'a'}), 0xE40C292Cu);  // FNV-1a's published test value
  EXPECT_THROW(emulate(std::get<ConversionOperation>(operation("cvt.rn.f16x2.e4m3x2")), {{16, {0}}, {32, {0}}, true}),
               Error);
}

TEST(Conversion, Widening) {
  EXPECT_EQ(converted("cvt.rn.f16x2.e4m3x2", 0xFFu), 0x7FFFu);
  EXPECT_EQ(converted("cvt.rn.f16x2.e5m2x2", 0xFDu), 0x7FFFu);
  EXPECT_EQ(converted("cvt.rn.f16x2.e5m2x2", 0xFCu), 0xFC00u);
  EXPECT_EQ(converted("cvt.rn.f16x2.e4m3x2", 0x80u), 0x8000u);
  EXPECT_EQ(converted("cvt.rn.f16x2.e4m3x2", 0x01u), 0x1800u);  // 2^-9
  EXPECT_EQ(converted("cvt.rn.relu.f16x2.e4m3x2", 0xB8u), 0x0000u);
}

TEST(Conversion, Scales) {
  EXPECT_EQ(converted("cvt.rz.ue8m0x2.f32", 0x40400000u), 128u);  // 3 -> 2
  EXPECT_EQ(converted("cvt.rp.ue8m0x2.f32", 0x40400000u), 129u);  // 3 -> 4
  EXPECT_EQ(converted("cvt.rp.ue8m0x2.f32", 0xC0400000u), 129u);  // the sign is ignored
  EXPECT_EQ(converted("cvt.rp.ue8m0x2.f32", 0x00000001u), 0u);
  EXPECT_EQ(converted("cvt.rp.ue8m0x2.f32", 0x00400001u), 1u);
  EXPECT_EQ(converted("cvt.rp.ue8m0x2.f32", 0x7F7FFFFFu), 0xFFu);
  EXPECT_EQ(converted("cvt.rp.satfinite.ue8m0x2.f32", 0x7F800000u), 0xFEu);
  EXPECT_EQ(converted("cvt.rz.ue8m0x2.bf16x2", 0x7FC0u), 0xFFu);
  EXPECT_EQ(converted("cvt.rn.bf16x2.ue8m0x2", 0x00u), 0x0040u);
  EXPECT_EQ(converted("cvt.rn.bf16x2.ue8m0x2", 0xFFu), 0x7FFFu);
  EXPECT_EQ(converted("cvt.rn.bf16x2.ue8m0x2", 0x81u), 0x4080u);
}

}  // namespace
}  // namespace octavo::experiments::replay
