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
#include "experiments/tensors/quantize_text.h"
#include "messages/error.h"
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
  return row;
}

TEST(Quantize, DefinesOddTensors) {
  const QuantizeFlags flags{"", {"e4m3"}, {"amax"}};
  const store::QuantizeRow empty = run_values({}, flags).rows.at(0);
  EXPECT_EQ(plain(empty), (store::QuantizeRow{"w", "e4m3", "amax", 0, 0.0, kInfinity, 0.0, 0.0, 0, 0}));
  const store::QuantizeRow zero = run_values({0.0F, -0.0F, 0.0F}, flags).rows.at(0);
  EXPECT_EQ(plain(zero), (store::QuantizeRow{"w", "e4m3", "amax", 0, 0.0, kInfinity, 0.0, 0.0, 3, 0}));
  const store::QuantizeRow one = run_values({3.0F}, flags).rows.at(0);
  EXPECT_EQ(plain(one), (store::QuantizeRow{"w", "e4m3", "amax", 7, 3.0, kInfinity, 0.0, 0.0, 1, 0}));

  const QuantizeResult mixed = run_values({1.0F, kInfinity, kNan, -kInfinity}, flags);
  EXPECT_EQ(plain(mixed.rows[0]), (store::QuantizeRow{"w", "e4m3", "amax", 0, kInfinity, kInfinity, 0.0, 0.5, 4, 0}));
  EXPECT_THAT(mixed.non_finite, ElementsAre(3U));
  EXPECT_THAT(quantize_text(mixed), HasSubstr("note: w has 3 infinite or NaN elements"));
  const nlohmann::json row = nlohmann::json::parse(quantize_json(mixed))["rows"][0];
  EXPECT_EQ(row["amax"], nullptr);
  EXPECT_EQ(row["snr_db"], nullptr);
  EXPECT_EQ(row["non_finite"], 3);
  const QuantizeResult nan = run_values({kNan}, flags);
  EXPECT_EQ(nan.rows[0].bias, 0);
  EXPECT_EQ(nan.rows[0].amax, 0.0);
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
  EXPECT_EQ(biases[scaling::kBiasLimit], 2U);
  EXPECT_EQ(biases[scaling::kBiasLimit + 1], 1U);
  EXPECT_EQ(biases[scaling::kBiasLimit + 3], 1U);
  EXPECT_EQ(result.rows[0].scale, 8.0);
  EXPECT_EQ(result.rows[0].blocks, 4U);
  EXPECT_EQ(result.rows[1].scale, 1.0);  // 448 stays in the history
  EXPECT_EQ(result.runs[2].tensors[0].bias_histogram[scaling::kBiasLimit + 3], 2U);
  // One dimension is one step.
  EXPECT_EQ(run_values({448, 1}, {"", {"e4m3"}, {"delayed"}}).rows[0].scale, 1.0);
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
  EXPECT_THAT(list_text(*open_tensors(file).tensors),
              AllOf(HasSubstr("\nF32                 2  [1, 2]               b.up\n"),
                    HasSubstr("\nI32                 1  [1]                  ids\n")));
  const nlohmann::json listed = nlohmann::json::parse(list_json(*open_tensors(file).tensors));
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

TEST(Quantize, RefusesWrongFlags) {
  const TemporaryFolder folder;
  const auto file = folder.write("w.npy", npy_bytes<float>("<f4", "(1,)", {1}));
  EXPECT_THAT(message(file, {"", {}, {"amax"}}), HasSubstr("--format is missing"));
  EXPECT_THAT(message(file, {"", {"e4m3"}, {}}), HasSubstr("--scaling is missing"));
  EXPECT_THAT(message(file, {"", {"e4m33"}, {"amax"}}), HasSubstr("did you mean 'e4m3'"));
  EXPECT_THAT(message(file, {"", {"fp16"}, {"amax"}}), HasSubstr("16 bits; casts take at most 8"));
  EXPECT_THAT(message(file, {"", {"e8m0"}, {"amax"}}), HasSubstr("holds scales, not tensors"));
  EXPECT_THAT(message(file, {"", {"e4m3"}, {"amex"}}), HasSubstr("did you mean amax?"));
  EXPECT_THAT(message(file, {"", {"e4m3"}, {"cscale\n:1"}}), HasSubstr("did you mean cscale?"));
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
  EXPECT_THAT(message(folder.write("w.txt", "1 2 3"), flags), HasSubstr("neither .npy nor .safetensors"));
  EXPECT_THAT(message(folder.write("w.npy", "1 2 3"), flags), HasSubstr("is no .npy file"));
  EXPECT_THAT(message(folder.write("w.safetensors", "{}"), flags), HasSubstr("w.safetensors"));
  EXPECT_THAT(message(folder.write("e.safetensors", SafetensorsWriter().file()), flags), HasSubstr("holds no tensor"));
  const auto hostile = folder.write(
      "h.safetensors",
      SafetensorsWriter().floats(std::string(1001, 'x'), {1}, {1}).floats("y\\n\\u001b[2J", {1}, {1}).file());
  EXPECT_THAT(message(hostile, flags), HasSubstr("has a name that cannot be recorded"));
  EXPECT_EQ(message(hostile, {"y*", {"e4m3"}, {"amax"}}), "accepted");
  EXPECT_THAT(list_text(*open_tensors(hostile).tensors), AllOf(HasSubstr("y??[2J"), Not(HasSubstr("\x1b"))));
}

}  // namespace
}  // namespace octavo::experiments
