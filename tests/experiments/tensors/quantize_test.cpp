// octavo quantize: values worked out by hand, the file it writes, and what it refuses.
#include "experiments/tensors/quantize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "experiments/store/runs/run_file.h"
#include "experiments/tensors/codes_file.h"
#include "experiments/tensors/quantize_output.h"
#include "formats/decode.h"
#include "messages/error.h"
#include "tests/sim/file/gguf/gguf_writer.h"
#include "tests/sim/file/npy_writer.h"
#include "tests/sim/file/safetensors/safetensors_writer.h"
#include "tests/sim/text/temporary_folder.h"

namespace octavo::experiments {
namespace {

using sim::file::npy_bytes;
using sim::file::SafetensorsWriter;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

QuantizeResult run(const std::filesystem::path& file, const QuantizeFlags& flags) {
  return quantize(open_tensors(file), flags, "octavo quantize", [](double, const std::string&) {});
}

/// The rows of one tensor of these values.
QuantizeResult run_values(const std::vector<float>& values, const QuantizeFlags& flags) {
  const TemporaryFolder folder;
  return run(folder.write("w.npy", npy_bytes("<f4", "(" + std::to_string(values.size()) + ",)", values)), flags);
}

std::string message(const std::filesystem::path& file, const QuantizeFlags& flags) {
  try {
    run(file, flags);
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "accepted";
}

TEST(Quantize, GivesTheNumbersOfAHandWorkedTensor) {
  // e4m3 near 1 has steps of 1/8: 1.0625 is a tie and goes to 1. 2^-10 is half the smallest subnormal and goes to 0;
  // 1000 saturates at 448.
  const QuantizeResult result = run_values({1.0625F, 0x1p-10F, 1000.0F, 0.0F, -2.0F},
                                           {"", {"e4m3"}, {"cscale:0", "cscale:-2", "amax", "amax:3"}});
  ASSERT_EQ(result.rows.size(), 4U);
  const store::QuantizeRow& plain = result.rows[0];
  EXPECT_EQ(plain.tensor, "w");
  EXPECT_EQ(plain.format, "e4m3");
  EXPECT_EQ(plain.scaling, "cscale:0");
  EXPECT_EQ(plain.bias, 0);
  EXPECT_EQ(plain.amax, 1000.0);
  EXPECT_EQ(plain.elements, 5U);
  EXPECT_EQ(plain.underflow_fraction, 0.2);
  EXPECT_EQ(plain.overflow_fraction, 0.2);
  const double signal = 1.0625 * 1.0625 + 0x1p-20 + 1e6 + 4.0;
  const double error = 0.0625 * 0.0625 + 0x1p-20 + 552.0 * 552.0;
  EXPECT_NEAR(plain.snr_db, 10.0 * std::log10(signal / error), 1e-12);
  // 1000 * 2^-2 = 250 lies between 240 and 256: 256 is nearer, nothing overflows.
  EXPECT_EQ(result.rows[1].bias, -2);
  EXPECT_EQ(result.rows[1].overflow_fraction, 0.0);
  // floor(log2(448 / 1000)) = -2; a margin of 3 takes 3 more.
  EXPECT_EQ(result.rows[2].bias, -2);
  EXPECT_EQ(result.rows[2].snr_db, result.rows[1].snr_db);
  EXPECT_EQ(result.rows[3].bias, -5);
  EXPECT_EQ(result.rows[3].scaling, "amax:3");
}

TEST(Quantize, KeepsOneRunARowWithTheHistograms) {
  const QuantizeResult result = run_values({1.0F, 1.5F, 0.25F, 0.0F}, {"", {"e4m3", "e5m2"}, {"amax", "cscale:4"}});
  ASSERT_EQ(result.runs.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(result.rows[i].run, static_cast<std::int32_t>(i));
    const store::Run& run = result.runs[i];
    EXPECT_EQ(run.policy, store::Policy::quantize);
    ASSERT_EQ(run.tensors.size(), 1U);
    const store::TensorRecord& record = run.tensors[0];
    EXPECT_EQ(record.bias, result.rows[i].bias);
    EXPECT_EQ(record.scale, std::ldexp(1.0F, record.bias));
    EXPECT_EQ(record.exponent_histogram[127], 2U);
    EXPECT_EQ(record.exponent_histogram[125], 1U);
    EXPECT_EQ(record.exponent_histogram[0], 1U);
    EXPECT_EQ(record.bias_histogram[static_cast<std::size_t>(record.bias + scaling::kBiasLimit)], 1U);
    EXPECT_EQ(std::accumulate(record.bias_histogram.begin(), record.bias_histogram.end(), 0U), 1U);
  }
  EXPECT_EQ(result.runs[0].bias, store::kNoBias);
  EXPECT_EQ(result.runs[1].bias, 4);
  EXPECT_EQ(result.rows[2].format, "e5m2");
}

/// The row without what follows from its code histogram and scales.
store::QuantizeRow plain(store::QuantizeRow row) {
  const store::QuantizeRow usual;
  row.scale = usual.scale;
  row.blocks = usual.blocks;
  row.bits_per_element = usual.bits_per_element;
  row.effective_bits = usual.effective_bits;
  row.code_entropy_bits = usual.code_entropy_bits;
  row.codes_used = usual.codes_used;
  row.saturated_fraction = usual.saturated_fraction;
  row.nan_scales = usual.nan_scales;
  return row;
}

TEST(Quantize, DefinesOddTensors) {
  const QuantizeFlags flags{"", {"e4m3"}, {"amax"}};
  const store::QuantizeRow empty = run_values({}, flags).rows.at(0);
  EXPECT_EQ(plain(empty), (store::QuantizeRow{"w", "e4m3", "amax", store::kNoBias, 0.0, kInfinity, 0.0, 0.0, 0, 0}));
  const store::QuantizeRow zero = run_values({0.0F, -0.0F, 0.0F}, flags).rows.at(0);
  EXPECT_EQ(plain(zero), (store::QuantizeRow{"w", "e4m3", "amax", store::kNoBias, 0.0, kInfinity, 0.0, 0.0, 3, 0}));
  const store::QuantizeRow one = run_values({3.0F}, flags).rows.at(0);
  EXPECT_EQ(plain(one), (store::QuantizeRow{"w", "e4m3", "amax", 7, 3.0, kInfinity, 0.0, 0.0, 1, 0}));

  const QuantizeResult mixed = run_values({1.0F, kInfinity, kNan, -kInfinity}, flags);
  EXPECT_EQ(plain(mixed.rows[0]),
            (store::QuantizeRow{"w", "e4m3", "amax", store::kNoBias, kInfinity, kInfinity, 0.0, 0.5, 4, 0}));
  EXPECT_THAT(mixed.non_finite, ElementsAre(3U));
  EXPECT_THAT(quantize_text(mixed), HasSubstr("w: 4 elements, amax inf\n  3 infinite or NaN elements"));
  const nlohmann::json row = nlohmann::json::parse(quantize_json(mixed))["rows"][0];
  EXPECT_EQ(row["amax"], nullptr);
  EXPECT_EQ(row["snr_db"], nullptr);
  EXPECT_EQ(row["non_finite"], 3);
  const QuantizeResult nan = run_values({kNan}, flags);
  EXPECT_EQ(nan.rows[0].bias, store::kNoBias);
  EXPECT_TRUE(std::isnan(nan.rows[0].amax));
  EXPECT_TRUE(std::isnan(nan.rows[0].snr_db));
}

TEST(Quantize, ComparesScalingsInOnePass) {
  const std::vector<float> values{0.3F, -0.7F, 0.011F, 3.0F, 0.9F, -0.02F, 0.4F, 1.7F};
  const QuantizeResult result =
      run_values(values, {"", {"e4m3", "mxfp4", "nvfp4"}, {"amax", "current", "cscale:0", "mse", "current@1x4"}});
  ASSERT_EQ(result.rows.size(), 7U);
  EXPECT_EQ(result.rows[0].scaling, "amax");
  EXPECT_EQ(result.rows[1].scale, static_cast<double>(448.0F / 3.0F));
  EXPECT_EQ(result.rows[1].bias, 7);
  EXPECT_EQ(result.rows[4].scaling, "current@1x4");
  EXPECT_EQ(result.rows[4].blocks, 2U);
  EXPECT_EQ(result.rows[4].bits_per_element, 8.0 + 64.0 / 8.0);
  EXPECT_EQ(result.rows[5].format, "mxfp4");
  EXPECT_EQ(result.rows[5].scaling, "mx");
  EXPECT_EQ(result.rows[5].bits_per_element, 4.0 + 8.0 / 8.0);
  EXPECT_EQ(result.rows[6].scaling, "nvfp4");
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    const std::vector<std::uint64_t>& codes = result.runs[i].tensors[0].code_histogram;
    ASSERT_EQ(codes.size(), 256U);
    EXPECT_EQ(std::accumulate(codes.begin(), codes.end(), std::uint64_t{0}), values.size());
    EXPECT_NEAR(result.rows[i].effective_bits, result.rows[i].snr_db / (20.0 * std::log10(2.0)), 1e-12);
  }
  // All eight codes differ under AMAX: three bits of information.
  EXPECT_EQ(result.rows[0].codes_used, 8);
  EXPECT_NEAR(result.rows[0].code_entropy_bits, 3.0, 1e-12);
  EXPECT_EQ(nlohmann::json::parse(quantize_json(result))["rows"][0]["code_histogram"].size(), 256U);
  // One star: the best of the five in e4m3; formats with one scaling have none.
  const std::string text = quantize_text(result);
  EXPECT_EQ(std::count(text.begin(), text.end(), '*'), 1);
}

TEST(Quantize, TakesTheFirstDimensionAsTimeForDelayedScaling) {
  const TemporaryFolder folder;
  // Four steps of two values, amax 448, 224, 56 and 56: scales 1, 1, 2, 8 under most_recent.
  const std::vector<float> steps{448, 1, 224, 1, 56, 1, 56, 1};
  const auto file = folder.write("steps.npy", npy_bytes("<f4", "(4, 2)", steps));
  const QuantizeResult result = run(file, {"", {"e4m3"}, {"delayed:4:most_recent", "delayed", "fp8-lm:1"}});
  const auto& biases = result.runs[0].tensors[0].bias_histogram;
  EXPECT_EQ(result.runs[0].tensors[0].without_bias, 1U);  // the first: no step has been seen
  EXPECT_EQ(biases[scaling::kBiasLimit], 1U);
  EXPECT_EQ(biases[scaling::kBiasLimit + 1], 1U);
  EXPECT_EQ(biases[scaling::kBiasLimit + 3], 1U);
  EXPECT_EQ(result.rows[0].scale, 8.0);
  EXPECT_EQ(result.rows[0].blocks, 4U);
  EXPECT_EQ(result.rows[1].scale, 1.0);  // 448 stays in the history
  EXPECT_EQ(result.runs[2].tensors[0].bias_histogram[scaling::kBiasLimit + 3], 2U);
  // One dimension is one step.
  EXPECT_EQ(run_values({448, 1}, {"", {"e4m3"}, {"delayed"}}).rows[0].scale, 1.0);
}

/// The codes that a cast gave, each as often as it did.
std::vector<int> codes_of(const QuantizeResult& result, std::size_t row = 0) {
  std::vector<int> codes;
  const std::vector<std::uint64_t>& histogram = result.runs[row].tensors[0].code_histogram;
  for (std::size_t code = 0; code < histogram.size(); ++code)
    codes.insert(codes.end(), histogram[code], static_cast<int>(code));
  return codes;
}

QuantizeResult run_doubles(const std::string& shape, const std::vector<double>& values, const QuantizeFlags& flags) {
  const TemporaryFolder folder;
  return run(folder.write("w.npy", npy_bytes("<f8", shape, values)), flags);
}

TEST(Quantize, RoundsBinary64Once) {
  // Each is a midpoint of E4M3 once it is rounded to binary32, and not before.
  const QuantizeResult near =
      run_doubles("(2,)", {-431.99999999999994, 1 + 0x1p-4 + 0x1p-40}, {"", {"e4m3"}, {"cscale:0"}});
  EXPECT_THAT(codes_of(near), ElementsAre(0x39, 0xFD));  // 1.125 and -416
  EXPECT_EQ(near.rows[0].amax, 431.99999999999994);
  // The error is that of the double: 1 + 2^-40 keeps all but 2^-40 of itself.
  const QuantizeResult tiny = run_doubles("(1,)", {1 + 0x1p-40}, {"", {"e4m3"}, {"cscale:0"}});
  EXPECT_NEAR(tiny.rows[0].snr_db, 20 * 40 * std::log10(2.0), 1e-6);
  // A scale that is no power of two, 448 / 3 in binary32: what is a midpoint in binary64 is none exactly.
  const float factor = 448.0F / 3.0F;
  const double middle = 1.0625 / static_cast<double>(factor);
  for (const double x : {std::nextafter(middle, 0.0), middle, std::nextafter(middle, 1.0)}) {
    const QuantizeResult scaled = run_doubles("(2,)", {3.0, x}, {"", {"e4m3"}, {"current"}});
    const bool above = std::fma(x, static_cast<double>(factor), -1.0625) > 0.0;  // the sign is exact
    EXPECT_THAT(codes_of(scaled), ElementsAre(above ? 0x39 : 0x38, 0x7E)) << above;
  }
}

TEST(Quantize, ChoosesScalesOfBinary64ByItsOwnBits) {
  // The largest power of two under 448 / amax: an amax a hair above 448 asks for another scale than 448 does.
  EXPECT_EQ(run_doubles("(1,)", {448.0}, {"", {"e4m3"}, {"amax"}}).rows[0].bias, 0);
  EXPECT_EQ(run_doubles("(1,)", {448.00000000000006}, {"", {"e4m3"}, {"amax"}}).rows[0].bias, -1);
  // MX takes floor(log2(amax)), which is 0 below 2.
  EXPECT_EQ(run_doubles("(1,)", {2 - 0x1p-50}, {"", {"mxfp8-e4m3"}, {}}).rows[0].bias, 8);
  EXPECT_EQ(run_doubles("(1,)", {2.0}, {"", {"mxfp8-e4m3"}, {}}).rows[0].bias, 7);
  // Beyond binary32 at either end is finite, and not zero.
  const QuantizeResult ends = run_doubles("(2,)", {1e200, 1e-200}, {"", {"e4m3"}, {"cscale:0"}});
  EXPECT_THAT(ends.non_finite, ElementsAre(0U));
  EXPECT_EQ(ends.rows[0].overflow_fraction, 0.5);
  EXPECT_EQ(ends.rows[0].underflow_fraction, 0.5);
  EXPECT_EQ(ends.rows[0].amax, 1e200);
}

TEST(Quantize, Binary64GivesWhatBinary32DoesForItsValues) {
  std::vector<float> floats;
  for (int i = 0; i < 96; ++i) floats.push_back(std::sin(static_cast<float>(i)) * std::ldexp(1.0F, i % 13 - 6));
  const std::vector<double> doubles(floats.begin(), floats.end());
  const QuantizeFlags flags{"", {"e4m3", "e5m2", "mxfp4", "nvfp4"}, {"amax", "cscale:3", "mse"}};
  const TemporaryFolder folder;
  const QuantizeResult a = run(folder.write("w.npy", npy_bytes("<f4", "(4, 24)", floats)), flags);
  const QuantizeResult b = run_doubles("(4, 24)", doubles, flags);
  ASSERT_EQ(a.rows.size(), b.rows.size());
  for (std::size_t i = 0; i < a.rows.size(); ++i) {
    EXPECT_EQ(codes_of(a, i), codes_of(b, i)) << a.rows[i].format << " " << a.rows[i].scaling;
    EXPECT_EQ(a.rows[i].scale, b.rows[i].scale);
    EXPECT_EQ(a.rows[i].underflow_fraction, b.rows[i].underflow_fraction);
    EXPECT_EQ(a.rows[i].overflow_fraction, b.rows[i].overflow_fraction);
    EXPECT_NEAR(a.rows[i].snr_db, b.rows[i].snr_db, 1e-9);  // the sums run in another order
  }
}

/// A GPT-2's Conv1D weight [K = 4, N = 2], whose output channels differ by 1024, and its transpose.
const std::vector<float> kByK{1, 1024, 1.5F, 1536, 0.75F, 768, 1.25F, 1280};
const std::vector<float> kByN{1, 1.5F, 0.75F, 1.25F, 1024, 1536, 768, 1280};

TEST(Quantize, KIsKHoweverAMatrixIsStored) {
  const TemporaryFolder folder;
  const QuantizeFlags flags{"*", {"e2m1", "mxfp4", "nvfp4"}, {"current@row"}};
  const QuantizeResult right = run(folder.write("w.npy", npy_bytes("<f4", "(2, 4)", kByN)), flags);
  EXPECT_THAT(right.notes,
              ElementsAre(HasSubstr("run along the last dimension, taken for K; --transposed takes [K, N]")));
  EXPECT_EQ(right.k_dimension[0], 1);
  const auto same = [&](const QuantizeResult& result, const std::string& why) {
    ASSERT_EQ(result.rows.size(), right.rows.size());
    for (std::size_t i = 0; i < right.rows.size(); ++i) {
      EXPECT_EQ(codes_of(result, i), codes_of(right, i)) << why;
      EXPECT_EQ(result.rows[i].blocks, right.rows[i].blocks);
      EXPECT_EQ(result.rows[i].snr_db, right.rows[i].snr_db);
      EXPECT_EQ(result.k_dimension[i], 0);
    }
    EXPECT_THAT(result.notes, ElementsAre(HasSubstr(why)));
    EXPECT_THAT(quantize_text(result), HasSubstr("note: K is the first dimension of "));
  };
  const auto stored = folder.write("t.npy", npy_bytes("<f4", "(4, 2)", kByK));
  EXPECT_NE(codes_of(run(stored, flags)), codes_of(right));
  QuantizeFlags transposed = flags;
  transposed.transposed = true;
  same(run(stored, transposed), "--transposed");
  const std::vector<double> doubles(kByK.begin(), kByK.end());
  same(run(folder.write("d.npy", npy_bytes("<f8", "(4, 2)", doubles)), transposed), "--transposed");

  // A GPT-2 folder, and its file alone: config.json beside it says that c_fc is Conv1D.
  const std::string name = "transformer.h.0.mlp.c_fc.weight";
  const std::string model = SafetensorsWriter().floats(name, {4, 2}, kByK).file();
  const auto file = folder.write("gpt2/model.safetensors", model);
  folder.write("gpt2/config.json", R"({"model_type": "gpt2"})");
  same(run(file, flags), "Conv1D by config.json");
  same(run(folder.path() / "gpt2", flags), "'" + name + "' (Conv1D by config.json");
  // Llama's, or no configuration at all: as it is stored.
  const auto llama = folder.write("llama/model.safetensors", model);
  EXPECT_EQ(codes_of(run(llama, flags)), codes_of(run(stored, flags)));
  folder.write("llama/config.json", R"({"model_type": "llama"})");
  EXPECT_EQ(codes_of(run(llama, flags)), codes_of(run(stored, flags)));

  // One scale a tensor does not depend on K, and needs no note.
  EXPECT_THAT(run(stored, {"", {"e4m3"}, {"amax"}}).notes, testing::IsEmpty());
  const auto cube = folder.write("cube.npy", npy_bytes("<f4", "(2, 2, 2)", kByK));
  EXPECT_THAT(message(cube, transposed), HasSubstr("--transposed: tensor 'cube' has 3 dimensions"));
}

TEST(Quantize, PassesOverWhatIsNotOfFloatingPoint) {
  const TemporaryFolder folder;
  const auto file = folder.write("m.safetensors", SafetensorsWriter()
                                                      .floats("a", {2}, {1, 2})
                                                      .tensor("ids", "I64", {1}, std::string(8, '\1'))
                                                      .tensor("mask", "BOOL", {1}, "\1")
                                                      .floats("z", {1}, {3})
                                                      .file());
  const QuantizeResult result = run(file, {"*", {"e4m3"}, {"amax"}});
  ASSERT_EQ(result.rows.size(), 2U);
  EXPECT_EQ(result.rows[1].tensor, "z");
  EXPECT_THAT(result.notes, ElementsAre("tensors passed over, not of floating point: 2, BOOL, I64 ('ids', 'mask')"));
  EXPECT_EQ(nlohmann::json::parse(quantize_json(result))["notes"].size(), 1U);
  EXPECT_THAT(message(file, {"*s*k*", {"e4m3"}, {"amax"}}),
              HasSubstr("no tensor '*s*k*' is of floating point, only of BOOL ('mask')"));
  EXPECT_THAT(message(file, {"ids", {"e4m3"}, {"amax"}}), HasSubstr("tensor 'ids' is of type I64"));
}

TEST(Quantize, TakesFoldersAndGguf) {
  const TemporaryFolder folder;
  const auto gguf =
      folder.write("m.gguf", sim::file::GgufWriter()
                                 .floats("blk.0.w", {1, 4}, {1, 2, 3, 4})
                                 .tensor("blk.0.v", {32}, 39, "\x80" + std::string(16, '\x11'))  // MXFP4: 0.5 under 2
                                 .file());
  const QuantizeResult result = run(gguf, {"*", {"e4m3"}, {"cscale:0"}});
  ASSERT_EQ(result.rows.size(), 2U);
  EXPECT_EQ(result.rows[0].amax, 4.0);
  EXPECT_EQ(result.rows[1].amax, 1.0);
  EXPECT_EQ(result.header.model_parameters, 36);
  folder.write("model/model.safetensors", SafetensorsWriter().floats("w", {2}, {1, 2}).file());
  const QuantizeResult from_folder = run(folder.path() / "model", {"w", {"e4m3"}, {"amax"}});
  EXPECT_EQ(from_folder.header.model_name, "model");
  EXPECT_EQ(from_folder.rows[0].amax, 2.0);
  EXPECT_THAT(message(folder.write("none/x", ""), {"", {"e4m3"}, {"amax"}}), HasSubstr("nor a Hugging Face folder"));
  EXPECT_THAT(message(folder.path() / "none", {"", {"e4m3"}, {"amax"}}), HasSubstr("neither model.safetensors nor"));
}

TEST(Quantize, ReadsFp8WeightsWithTheirScales) {
  const TemporaryFolder folder;
  const std::string codes("\x38\xb9\x40\x7e", 4);  // 1, -1.125, 2, 448
  const auto file = folder.write("m.safetensors", SafetensorsWriter()
                                                      .tensor("w", "F8_E4M3", {2, 2}, codes)
                                                      .floats("w_scale", {1}, {0.25F})
                                                      .tensor("v", "F8_E5M2", {1}, "\x3d")
                                                      .file());
  const QuantizeResult result = run(file, {"*", {"e4m3"}, {"cscale:2", "cscale:0"}});
  ASSERT_EQ(result.rows.size(), 4U);  // no row for the scale
  EXPECT_EQ(result.rows[0].amax, 112.0);
  EXPECT_THAT(codes_of(result), ElementsAre(0x38, 0x40, 0x7e, 0xb9));
  EXPECT_EQ(result.rows[0].snr_db, kInfinity);
  EXPECT_EQ(result.rows[2].amax, 1.25);
  EXPECT_THAT(
      result.notes,
      ElementsAre("FP8 tensors multiplied by the scales beside them: 1",
                  HasSubstr("FP8 tensors without a scale beside them, whose values are those of the codes: 1")));
  EXPECT_THAT(list_text(*open_tensors(file).file), HasSubstr("w_scale"));
}

TEST(Quantize, TakesTensorsAsStoredWhereTheConfigurationBesideThemIsNotRead) {
  const TemporaryFolder folder;
  const auto file = folder.write("m.safetensors", SafetensorsWriter().floats("w", {2}, {1, 2}).file());
  for (const auto& [config, why] : {std::pair("{\"quantization_config\": {\"quant_method\": \"gptq\"}}", "'gptq'"),
                                    {"not JSON", "not JSON at byte"}}) {
    folder.write("config.json", config);
    const QuantizeResult result = run(file, {"", {"e4m3"}, {"amax"}});
    EXPECT_EQ(result.rows[0].amax, 2.0);
    EXPECT_THAT(result.notes, ElementsAre(AllOf(HasSubstr(why), HasSubstr("; tensors are taken as they are stored"))));
  }
}

TEST(Quantize, SelectsTensorsByWildcard) {
  const TemporaryFolder folder;
  const auto file = folder.write("m.safetensors", SafetensorsWriter()
                                                      .floats("a.up", {2}, {1, 2})
                                                      .floats("b.down", {2}, {3, 4})
                                                      .floats("b.up", {1, 2}, {5, 6})
                                                      .tensor("ids", "I32", {1}, std::string(4, '\1'))
                                                      .file());
  const QuantizeResult result = run(file, {"*.up", {"e4m3"}, {"amax"}});
  ASSERT_EQ(result.axis.size(), 2U);
  EXPECT_EQ(result.axis[0], (store::TensorName{"a.up", -1, "", scaling::Role::weight}));
  EXPECT_EQ(result.rows[1].tensor, "b.up");
  EXPECT_EQ(result.rows[1].amax, 6.0);
  EXPECT_EQ(result.runs[1].tensors[0].index, 1);
  EXPECT_EQ(result.header.model_name, "m.safetensors");
  EXPECT_EQ(result.header.model_parameters, 7);

  EXPECT_THAT(message(file, {"", {"e4m3"}, {"amax"}}), HasSubstr("holds 4 tensors; give --tensor NAME"));
  EXPECT_THAT(message(file, {"a.dup", {"e4m3"}, {"amax"}}), HasSubstr("no tensor 'a.dup'; did you mean 'a.up'?"));
  EXPECT_THAT(message(file, {"ids", {"e4m3"}, {"amax"}}), HasSubstr("tensor 'ids' is of type I32"));
  EXPECT_THAT(list_text(*open_tensors(file).file),
              AllOf(HasSubstr("\nF32           2  [1, 2]  b.up\n"), HasSubstr("\nI32           1  [1]     ids\n")));
  const nlohmann::json listed = nlohmann::json::parse(list_json(*open_tensors(file).file));
  EXPECT_EQ(listed[2], nlohmann::json({{"tensor", "b.up"}, {"dtype", "F32"}, {"shape", {1, 2}}, {"elements", 2}}));
}

TEST(Quantize, WritesARunFileThatReadsBack) {
  const TemporaryFolder folder;
  const auto file = folder.write(
      "m.safetensors", SafetensorsWriter().floats("a", {2}, {1, 0x1p-30F}).floats("b", {3}, {3, kInfinity, 1}).file());
  const QuantizeResult result = run(file, {"*", {"e4m3", "e2m1"}, {"amax:1", "cscale:-3", "current@1x1"}});
  for (const char* name : {"1.h5", "2.h5"})
    store::write_file(folder.path() / name, store::Existing::refuse, result.header, result.axis, result.runs,
                      store::Tables(result.rows));
  const auto written = folder.path() / "1.h5";
  EXPECT_EQ(store::read_table<store::QuantizeRow>(written), result.rows);
  EXPECT_EQ(store::read_header(written), result.header);
  EXPECT_EQ(store::read_axis(written), result.axis);
  for (std::size_t i = 0; i < result.runs.size(); ++i)
    EXPECT_EQ(store::read_run(written, static_cast<int>(i)), result.runs[i]) << i;
}

TEST(Quantize, CountsCodesOfTheLargestValueAndScalesThatAreNan) {
  const QuantizeResult result = run_values({448.0F, 460.0F, -500.0F, 1.0F}, {"", {"e4m3"}, {"cscale:0"}});
  EXPECT_EQ(result.rows[0].saturated_fraction, 0.75);
  EXPECT_EQ(result.rows[0].nan_scales, 0U);
  const QuantizeResult marked = run_values({1.0F, kNan, 2.0F, 3.0F}, {"", {"e2m1"}, {"amax@1x2"}});
  EXPECT_EQ(marked.rows[0].nan_scales, 1U);
  EXPECT_THAT(quantize_text(marked), HasSubstr("e2m1 amax@1x2: 1 of 2 scales are NaN"));
}

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    widest = std::max(widest, end - begin);
    begin = end + 1;
  }
  return widest;
}

TEST(Quantize, FitsItsTableIntoALine) {
  const std::string text = quantize_text(run_values(
      {1.0F, 2.5F, -3.0F},
      {"", {"e4m3", "deepseek-128x128", "binary8p3se"}, {"amax", "delayed:1024:most_recent", "percentile:99.99"}}));
  EXPECT_LE(widest_line(text), 80U);
  EXPECT_THAT(text, HasSubstr("left out: "));
}

/// Codes and scales of a file give the values back that the cast left.
TEST(Quantize, WritesCodesWithTheirScales) {
  const TemporaryFolder folder;
  std::vector<float> values(4 * 40);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(static_cast<int>(i % 23) - 11) * 0.37F;
  const auto file = folder.write(
      "w.safetensors",
      SafetensorsWriter().floats("w", {4, 40}, values).floats("v", {40}, std::vector<float>(40, 2.0F)).file());
  for (const auto& [format, scaling] :
       {std::pair("e4m3", "current"), {"e2m1", "mx"}, {"e5m2", "amax@row"}, {"e3m2", "amax@2x16"}}) {
    QuantizeFlags flags{"*", {format}, {scaling}};
    flags.codes = folder.path() / "codes.safetensors";
    const QuantizeResult result = run(file, flags);
    write_codes(flags.codes, result.codes);
    const auto read = read_codes(flags.codes, "w");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->codes.codes, result.codes[0].codes.codes);
    EXPECT_EQ(read->codes.inverses, result.codes[0].codes.inverses);
    EXPECT_EQ(read->codes.granularity, result.codes[0].codes.granularity);
    double error = 0, signal = 0;
    const scaling::BlockGrid grid(read->codes.granularity, 4, 40);
    for (std::int64_t row = 0; row < 4; ++row)
      for (std::int64_t k = 0; k < 40; ++k) {
        const auto at = static_cast<std::size_t>(row * 40 + k);
        const double value = formats::decode(read->format, read->codes.codes[at]) *
                             static_cast<double>(read->codes.inverses[static_cast<std::size_t>(grid.of(row, k))]);
        const auto x = static_cast<double>(values[at]);
        error += (x - value) * (x - value);
        signal += x * x;
      }
    EXPECT_NEAR(10 * std::log10(signal / error), result.rows[0].snr_db, 1e-4) << format;
  }
  QuantizeFlags one{"w", {"e2m1"}, {"amax@1x8"}};
  one.codes = folder.path() / "w.npy";
  const QuantizeResult result = run(file, one);
  write_codes(one.codes, result.codes);
  Codes scales;
  read_scales(scales_beside(one.codes), 4, 40, scales);
  EXPECT_EQ(scales.inverses, result.codes[0].codes.inverses);
  EXPECT_EQ(scales.granularity, scaling::block(1, 8));
  EXPECT_FALSE(read_codes(file, "w"));  // values, not codes

  const auto refused = [&](QuantizeFlags flags, const std::string& name) {
    flags.codes = folder.path() / name;
    return message(file, flags);
  };
  EXPECT_THAT(refused({"*", {"e4m3"}, {"amax"}}, "x.npy"), HasSubstr("holds one tensor, not 2"));
  EXPECT_THAT(refused({"w", {"e4m3"}, {"amax", "mse"}}, "x.npy"), HasSubstr("one format under one scaling, not 2"));
  EXPECT_THAT(refused({"w", {"e4m3"}, {"amax"}}, "x.txt"), HasSubstr("name a .safetensors or a .npy file"));
}

TEST(Quantize, RefusesScalingsThatABlockFormatIgnores) {
  const TemporaryFolder folder;
  const auto file = folder.write("w.npy", npy_bytes<float>("<f4", "(1,)", {1}));
  EXPECT_THAT(message(file, {"", {"mxfp4"}, {"amax"}}),
              HasSubstr("mxfp4 is a block format, whose scaling is mx and no other; leave it out"));
  EXPECT_EQ(message(file, {"", {"mxfp4", "e4m3"}, {"amax"}}), "accepted");  // e4m3 takes it
  EXPECT_EQ(message(file, {"", {"MXFP4"}, {}}), "accepted");
  EXPECT_EQ(message(file, {"", {"mxfp4"}, {"mx"}}), "accepted");  // its own
}

TEST(Quantize, RefusesWrongFlags) {
  const TemporaryFolder folder;
  const auto file = folder.write("w.npy", npy_bytes<float>("<f4", "(1,)", {1}));
  EXPECT_THAT(message(file, {"", {}, {"amax"}}), HasSubstr("--format is missing"));
  EXPECT_THAT(message(file, {"", {"e4m3"}, {}}), HasSubstr("--scaling is missing"));
  EXPECT_THAT(message(file, {"", {"e4m33"}, {"amax"}}), HasSubstr("did you mean 'e4m3'"));
  EXPECT_THAT(message(file, {"", {"fp16"}, {"amax"}}), HasSubstr("16 bits; casts take at most 8"));
  EXPECT_THAT(message(file, {"", {"e8m0"}, {"amax"}}), HasSubstr("holds scales, not tensors"));
  EXPECT_THAT(message(file, {"", {"e4m3"}, {"amex"}}), HasSubstr("did you mean 'amax'?"));
  EXPECT_THAT(message(file, {"", {"e4m3"}, {"cscale\n:1"}}), HasSubstr("did you mean 'cscale'?"));
  for (const char* scaling : {"amax:", "amax:-1", "amax:128", "amax:1x", "amax:99999999999"})
    EXPECT_THAT(message(file, {"", {"e4m3"}, {scaling}}), HasSubstr("give an integer from 0 to 127")) << scaling;
  EXPECT_THAT(message(file, {"", {"e4m3"}, {"cscale"}}), HasSubstr("cscale needs a value"));
  for (const char* scaling : {"cscale:", "cscale:-128", "cscale:128", "cscale:1.5", "cscale: 1"})
    EXPECT_THAT(message(file, {"", {"e4m3"}, {scaling}}), HasSubstr("give an integer from -127 to 127")) << scaling;
  EXPECT_EQ(run(file, {"", {"e4m3fnuz"}, {"cscale:127", "cscale:-127"}}).rows[1].underflow_fraction, 1.0);
}

TEST(Quantize, RefusesFilesItCannotReadAndNamesItCannotRecord) {
  const TemporaryFolder folder;
  const QuantizeFlags flags{"*", {"e4m3"}, {"amax"}};
  EXPECT_THAT(message(folder.path() / "none.npy", flags), HasSubstr("no such file"));
  EXPECT_THAT(message(folder.write("w.txt", "1 2 3"), flags),
              HasSubstr("neither .npy, .safetensors, .gguf nor a Hugging Face folder"));
  EXPECT_THAT(message(folder.write("w.npy", "1 2 3"), flags), HasSubstr("is no .npy file"));
  EXPECT_THAT(message(folder.write("w.safetensors", "{}"), flags),
              HasSubstr("the header's length at byte 0 asks for 8 bytes"));
  EXPECT_THAT(message(folder.write("e.safetensors", SafetensorsWriter().file()), flags), HasSubstr("holds no tensor"));
  const auto hostile = folder.write(
      "h.safetensors",
      SafetensorsWriter().floats(std::string(1001, 'x'), {1}, {1}).floats("y\\n\\u001b[2J", {1}, {1}).file());
  EXPECT_THAT(message(hostile, flags), HasSubstr("has a name that cannot be recorded"));
  EXPECT_EQ(message(hostile, {"y*", {"e4m3"}, {"amax"}}), "accepted");
  EXPECT_THAT(list_text(*open_tensors(hostile).file), AllOf(HasSubstr("y??[2J"), Not(HasSubstr("\x1b"))));
}

}  // namespace
}  // namespace octavo::experiments
