// Dequantisation and widening: against values of other programs, and of the formats room.
#include "sim/file/gguf/ggml_types.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <ostream>
#include <vector>

#include "formats/decode.h"
#include "sim/file/widen.h"

namespace octavo::sim::file {
namespace {

TEST(Widen, EveryBinary16IsExact) {
  const formats::Spec binary16{
      .exponent_bits = 5, .mantissa_bits = 10, .bias = 15, .specials = formats::Specials::ieee};
  std::vector<std::uint16_t> halves(65536);
  for (std::size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<std::uint16_t>(i);
  std::vector<float> floats(halves.size());
  widen_f16(reinterpret_cast<const std::byte*>(halves.data()), 65536, floats.data());
  for (std::uint32_t code = 0; code < 65536; ++code) {
    const auto expected = static_cast<float>(formats::decode(binary16, code));
    if (std::isnan(expected)) {
      const std::uint32_t payload = std::bit_cast<std::uint32_t>(floats[code]);
      EXPECT_EQ(payload, (code & 0x8000u) << 16 | 0x7f800000u | (code & 0x3ffu) << 13) << code;
    } else {
      EXPECT_EQ(std::bit_cast<std::uint32_t>(floats[code]), std::bit_cast<std::uint32_t>(expected)) << code;
    }
  }
}

TEST(Widen, UnalignedValuesOfAllWidths) {
  std::vector<std::byte> memory(1 + 3 * 8);
  const std::uint16_t bf16[] = {0x3f80, 0xc000, 0x0001};
  std::memcpy(memory.data() + 1, bf16, sizeof bf16);
  float out[3];
  widen_bf16(memory.data() + 1, 3, out);
  EXPECT_EQ(out[0], 1.0f);
  EXPECT_EQ(out[1], -2.0f);
  EXPECT_EQ(out[2], 0x1p-133f);
  const double f64[] = {1.0 + 0x1p-24, 1.0 + 0x1.8p-23, 1e300};  // a tie to even, a tie to even upwards, too large
  std::memcpy(memory.data() + 1, f64, sizeof f64);
  narrow_f64(memory.data() + 1, 3, out);
  EXPECT_EQ(out[0], 1.0f);
  EXPECT_EQ(out[1], 1.0f + 0x1p-22f);
  EXPECT_EQ(out[2], INFINITY);
}

TEST(Widen, ToOddNeverMeetsANumberOfFewerBits) {
  const double values[] = {1.0 + 0x1p-40, -431.99999999999994, 448.00000000000006, 1e300, -1e-300, 0.5, -0.0, INFINITY};
  float out[8];
  narrow_f64_to_odd(reinterpret_cast<const std::byte*>(values), 8, out);
  EXPECT_EQ(out[0], 1.0f + 0x1p-23f);
  EXPECT_EQ(out[1], -432.0f + 0x1p-15f);  // binary32 numbers next to 432 are 2^-15 apart below it
  EXPECT_EQ(out[2], 448.0f + 0x1p-15f);
  EXPECT_EQ(out[3], 0x1.fffffep127f);
  EXPECT_EQ(out[4], -0x1p-149f);
  EXPECT_EQ(out[5], 0.5f);
  EXPECT_TRUE(out[6] == 0.0f && std::signbit(out[6]));
  EXPECT_EQ(out[7], INFINITY);
  const double nan = NAN;
  narrow_f64_to_odd(reinterpret_cast<const std::byte*>(&nan), 1, out);
  EXPECT_TRUE(std::isnan(out[0]));
}

struct Golden {
  std::string_view type;
  std::vector<std::size_t> halves;  ///< where a block holds binary16 values
  std::uint64_t hash;               ///< FNV-1a over the bytes of the values

  friend void PrintTo(const Golden& golden, std::ostream* out) { *out << golden.type; }
};

/// 32 blocks of a fixed pseudo-random stream (halves made finite), decoded by the PyPI package gguf 0.19.0's NumPy
/// code.
class GgmlType : public testing::TestWithParam<Golden> {};

TEST_P(GgmlType, EqualsTheGgufPackageBitForBit) {
  const Golden& golden = GetParam();
  const auto types = ggml_types();
  const auto type = std::find_if(types.begin(), types.end(), [&](const auto& t) { return t.name == golden.type; });
  ASSERT_NE(type, types.end());
  constexpr std::int64_t blocks = 32;
  std::vector<std::byte> content(static_cast<std::size_t>(blocks * type->block_bytes));
  std::uint64_t state = 1;
  for (std::byte& byte : content) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<std::byte>(state >> 56);
  }
  for (std::size_t block = 0; block < content.size(); block += static_cast<std::size_t>(type->block_bytes)) {
    for (const std::size_t half : golden.halves) content[block + half + 1] &= std::byte{0xbf};
  }
  std::vector<float> values(static_cast<std::size_t>(blocks * type->block_values));
  type->decode(content.data(), blocks, values.data());
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const std::byte byte : std::as_bytes(std::span(values)))
    hash = (hash ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3u;
  EXPECT_EQ(hash, golden.hash);
}

INSTANTIATE_TEST_SUITE_P(All, GgmlType,
                         testing::Values(Golden{"Q4_0", {0}, 0x52f45ac9a9bcbcedu},     //
                                         Golden{"Q4_1", {0, 2}, 0x3bda55d5555dfdfau},  //
                                         Golden{"Q5_0", {0}, 0x29ff80341e733c44u},     //
                                         Golden{"Q5_1", {0, 2}, 0xc8b7100500e9bab5u},  //
                                         Golden{"Q8_0", {0}, 0xbed25afe5d3632f4u},     //
                                         Golden{"Q4_K", {0, 2}, 0xcf372d83515c5b72u},  //
                                         Golden{"Q5_K", {0, 2}, 0x9802ff3127e65ce5u},  //
                                         Golden{"Q6_K", {208}, 0xf83611ec3e5f617fu},   //
                                         Golden{"Q2_K", {80, 82}, 0xf34b48622e4dbeu},  //
                                         Golden{"Q3_K", {108}, 0x3b2f13cc27c9fae9u},   //
                                         Golden{"IQ4_NL", {0}, 0xbef27894a7ca0db2u},   //
                                         Golden{"IQ4_XS", {0}, 0x97fb77e63a6c57ddu},   //
                                         Golden{"MXFP4", {}, 0x52a9c8304b00a193u},     //
                                         Golden{"NVFP4", {}, 0x16f2246ae6cc54c9u},     //
                                         Golden{"BF16", {0}, 0xfcbda90137938af7u},     //
                                         Golden{"F16", {0}, 0x7e15b01d6919c34eu}),
                         [](const auto& golden) { return std::string(golden.param.type); });

TEST(GgmlTypes, NamesOfTypesThatAreNotRead) {
  EXPECT_EQ(find_ggml_type(16), nullptr);
  EXPECT_EQ(ggml_type_name(16), "IQ2_XXS");
  EXPECT_EQ(ggml_type_name(41), "Q1_0");
  EXPECT_EQ(ggml_type_name(42), "number 42");
  EXPECT_EQ(ggml_type_name(4), "number 4");
  EXPECT_EQ(ggml_type_name(0xffffffffu), "number 4294967295");
  for (const auto& type : ggml_types()) EXPECT_EQ(ggml_type_name(type.id), type.name);
}

}  // namespace
}  // namespace octavo::sim::file
