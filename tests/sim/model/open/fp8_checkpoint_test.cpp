// FP8 weights with scales: a number, a row and a block each, and what is refused.
#include "sim/model/open/fp8_checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sim/file/safetensors/safetensors.h"
#include "tests/sim/file/file_writers.h"
#include "tests/sim/file/safetensors/safetensors_writer.h"

namespace octavo::sim::model {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

/// Codes of 1, -2, 0.5, 448, 2^-9 and 1.125 in E4M3.
const std::string kCodes("\x38\xc0\x30\x7e\x01\x39", 6);

file::Safetensors opened(const file::SafetensorsWriter& writer) {
  return file::Safetensors(file::in_memory(writer.file()));
}

std::vector<float> loaded(const file::SafetensorsWriter& writer, ScaleBlock block = {}) {
  const file::Safetensors file = opened(writer);
  const Dequantised tensors(file, block);
  const file::Tensor w = tensors.load("w");
  return {w.values.begin(), w.values.end()};
}

file::SafetensorsWriter weight() { return file::SafetensorsWriter().tensor("w", "F8_E4M3", {2, 3}, kCodes); }

TEST(Fp8Checkpoint, AScaleMultipliesItsTensorRowOrBlock) {
  EXPECT_THAT(loaded(weight().floats("w_scale", {}, {0.5F})), ElementsAre(0.5, -1, 0.25, 224, 0x1p-10F, 0.5625F));
  EXPECT_THAT(loaded(weight().floats("w_scale_inv", {1}, {3})), ElementsAre(3, -6, 1.5, 1344, 3 * 0x1p-9F, 3.375F));
  EXPECT_THAT(loaded(weight().floats("w_scale", {2, 1}, {1, 2})), ElementsAre(1, -2, 0.5, 896, 0x1p-8F, 2.25F));
  EXPECT_THAT(loaded(weight().floats("w_scale", {2}, {1, 2})), ElementsAre(1, -2, 0.5, 896, 0x1p-8F, 2.25F));
  // Blocks of 1 x 2: the last of each row is cut off.
  EXPECT_THAT(loaded(weight().floats("w_scale_inv", {2, 2}, {1, 2, 4, 8}), {1, 2}),
              ElementsAre(1, -2, 1, 1792, 0x1p-7F, 9));
  // 0.1F * 1.125 rounds in binary32.
  EXPECT_EQ(loaded(weight().floats("w_scale", {}, {0.1F}))[5], 0.1F * 1.125F);
}

TEST(Fp8Checkpoint, BlocksOf128By128AreTheDefault) {
  file::SafetensorsWriter writer;
  writer.tensor("w", "F8_E5M2", {129, 130}, std::string(129 * 130, '\x3c'));  // ones
  writer.floats("w_scale_inv", {2, 2}, {1, 2, 3, 4});
  const std::vector<float> values = loaded(writer);
  EXPECT_EQ(values[127], 1);
  EXPECT_EQ(values[128], 2);
  EXPECT_EQ(values[127 * 130 + 129], 2);
  EXPECT_EQ(values[128 * 130], 3);
  EXPECT_EQ(values[128 * 130 + 128], 4);
}

TEST(Fp8Checkpoint, ScalesMayBeOfOtherTypes) {
  EXPECT_THAT(loaded(weight().tensor("w_scale", "BF16", {1}, std::string("\x00\x40", 2))),
              ElementsAre(2, -4, 1, 896, 0x1p-8F, 2.25F));
  EXPECT_THAT(loaded(weight().tensor("w_scale", "F8_E8M0", {2, 1}, std::string("\x80\x7e", 2))),
              ElementsAre(2, -4, 1, 224, 0x1p-10F, 0.5625F));
}

TEST(Fp8Checkpoint, ListsWeightsAndNotTheirScales) {
  const file::Safetensors file =
      opened(weight().floats("w_scale", {}, {2}).floats("norm_scale", {1}, {1}).tensor("v", "F8_E5M2", {1}, "\x3c"));
  const Dequantised tensors(file, {});
  EXPECT_EQ(tensors.find("w_scale"), nullptr);
  EXPECT_NE(tensors.find("norm_scale"), nullptr);
  EXPECT_THAT(tensors.scaled(), ElementsAre("w"));
  EXPECT_THAT(tensors.unscaled(), ElementsAre("v"));
  EXPECT_THAT(tensors.load("v").values, ElementsAre(1));
}

TEST(Fp8Checkpoint, ScalesThatDoNotFitAreRefused) {
  const auto refused = [](const file::SafetensorsWriter& writer, const std::string& why) {
    EXPECT_THAT([&] { loaded(writer); }, file::throws_one_line(HasSubstr(why)));
  };
  refused(weight().floats("w_scale", {3}, {1, 2, 3}), "'w_scale' has shape [3], which is not one scale of 'w' [2, 3]");
  refused(weight().floats("w_scale", {1, 2}, {1, 2}), "'w_scale' has shape [1, 2]");
  refused(weight().floats("w_scale", {0}, {}), "'w_scale' has shape [0]");
  refused(weight().floats("w_scale", {}, {1}).floats("w_scale_inv", {}, {1}), "'w' has both a scale and a scale_inv");
  refused(weight().tensor("w_scale", "I8", {1}, "\1"), "'w_scale' is of type I8");
}

TEST(Fp8Checkpoint, MethodsAreReadOrRefusedByName) {
  const auto block = [](const json& config) {
    const ScaleBlock read = read_quantization(config, "config.json");
    return std::pair(read.rows, read.columns);
  };
  // DeepSeek-V3's, compressed-tensors' with a number a tensor and with blocks, ModelOpt's.
  EXPECT_EQ(block({{"quant_method", "fp8"}, {"fmt", "e4m3"}, {"weight_block_size", {64, 32}}}), std::pair(64L, 32L));
  EXPECT_EQ(block({{"quant_method", "fp8"}, {"activation_scheme", "static"}}), std::pair(128L, 128L));
  EXPECT_EQ(block({{"quant_method", "compressed-tensors"}, {"format", "float-quantized"}}), std::pair(128L, 128L));
  const json group{{"weights", {{"num_bits", 8}, {"strategy", "block"}, {"block_structure", {16, 8}}}}};
  EXPECT_EQ(block({{"quant_method", "compressed-tensors"},
                   {"format", "float-quantized"},
                   {"config_groups", {{"group_0", group}}}}),
            std::pair(16L, 8L));
  EXPECT_EQ(block({{"quant_method", "modelopt"}, {"quant_algo", "FP8"}}), std::pair(128L, 128L));
  EXPECT_EQ(block({{"quant_method", "fbgemm_fp8"}}), std::pair(128L, 128L));
  const auto refused = [&](const json& config, const std::string& why) {
    EXPECT_THAT([&] { block(config); }, file::throws_one_line(HasSubstr(why)));
  };
  refused({{"quant_method", "gptq"}}, "quantised by method 'gptq'");
  refused({{"bits", 4}}, "quantised by method '(none)'");
  refused({{"quant_method", "compressed-tensors"}, {"format", "pack-quantized"}},
          "compressed-tensors as 'pack-quantized'");
  refused({{"quant_method", "modelopt"}, {"quant_algo", "NVFP4"}}, "modelopt with the algorithm 'NVFP4'");
  for (const json& wrong : {json(128), json::array({128}), json::array({0, 128}), json::array({128, 1.5}),
                            json::array({std::int64_t{1} << 40, 1})})
    refused({{"quant_method", "fp8"}, {"weight_block_size", wrong}}, "is not two whole numbers from 1 to 1048576");
}

}  // namespace
}  // namespace octavo::sim::model
