// The scalar reference against 30,000 results recorded on H100, B200 and Ada GPUs.
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "formats/decode.h"
#include "formats/encode.h"
#include "sim/gemm/tensor_core/reference.h"
#include "tests/shared_data.h"

namespace octavo::sim::gemm {
namespace {

using formats::Accumulator;

struct Recording {
  const char* file;
  const char* architecture;
  Accumulator accumulator;
  formats::Spec format;
  bool uses_c;
};

void PrintTo(const Recording& recording, std::ostream* os) { *os << recording.file; }

class HardwareRecording : public testing::TestWithParam<Recording> {};

std::vector<std::uint8_t> bytes(const std::string& hex) {
  std::vector<std::uint8_t> codes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    codes.push_back(static_cast<std::uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
  return codes;
}

TEST_P(HardwareRecording, IsReproduced) {
  const Recording& recording = GetParam();
  const std::string relative = std::string("hardware/") + recording.file + ".txt";
  OCTAVO_REQUIRE_SHARED(relative);
  const Architecture& row = architecture(recording.architecture, recording.accumulator);
  const bool f16 = recording.accumulator == Accumulator::f16;
  std::ifstream file(shared_path(relative));
  std::string line;
  int results = 0;
  int mismatches = 0;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    ASSERT_EQ(line.size(), 64u + 1 + 64 + 1 + 8 + 1 + 8) << line;
    const auto a = bytes(line.substr(0, 64));
    const auto b = bytes(line.substr(65, 64));
    auto c = static_cast<std::uint32_t>(std::stoul(line.substr(130, 8), nullptr, 16));
    const auto expected = static_cast<std::uint32_t>(std::stoul(line.substr(139, 8), nullptr, 16));
    if (!recording.uses_c) c = 0;
    if (f16)
      c = formats::encode(formats::fp16, formats::Rounding::nearest_even, formats::Overflow::special,
                          std::bit_cast<float>(c));
    std::uint32_t d = dot_add(row, recording.format, recording.format, a, b, c);
    if (f16) d = std::bit_cast<std::uint32_t>(static_cast<float>(formats::decode(formats::fp16, d)));
    ++results;
    if (d != expected && ++mismatches <= 3)
      ADD_FAILURE() << "line " << results + 2 << ": expected " << std::hex << expected << ", got " << d;
  }
  EXPECT_EQ(results, 2500);
  EXPECT_EQ(mismatches, 0);
}

INSTANTIATE_TEST_SUITE_P(
    All, HardwareRecording,
    testing::Values(Recording{"h100_e4m3_fp32", "hopper-wgmma", Accumulator::f32, formats::e4m3, false},
                    Recording{"h100_e5m2_fp32", "hopper-wgmma", Accumulator::f32, formats::e5m2, false},
                    Recording{"h100_e4m3_fp16", "hopper-mma", Accumulator::f16, formats::e4m3, true},
                    Recording{"h100_e5m2_fp16", "hopper-mma", Accumulator::f16, formats::e5m2, true},
                    Recording{"b200_e4m3_fp32", "hopper-mma", Accumulator::f32, formats::e4m3, true},
                    Recording{"b200_e5m2_fp32", "hopper-mma", Accumulator::f32, formats::e5m2, true},
                    Recording{"b200_e4m3_fp16", "hopper-mma", Accumulator::f16, formats::e4m3, true},
                    Recording{"b200_e5m2_fp16", "hopper-mma", Accumulator::f16, formats::e5m2, true},
                    Recording{"ada_e4m3_fp32", "ada-mma", Accumulator::f32, formats::e4m3, true},
                    Recording{"ada_e5m2_fp32", "ada-mma", Accumulator::f32, formats::e5m2, true},
                    Recording{"ada_e4m3_fp16", "ada-mma", Accumulator::f16, formats::e4m3, true},
                    Recording{"ada_e5m2_fp16", "ada-mma", Accumulator::f16, formats::e5m2, true}),
    [](const auto& instance) { return std::string(instance.param.file); });

}  // namespace
}  // namespace octavo::sim::gemm
