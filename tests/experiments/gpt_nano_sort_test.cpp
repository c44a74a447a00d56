// gpt-nano-sort, a real pretrained GPT: its recorded activations, all 729 inputs sorted, and a sweep by layer over it.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "experiments/evaluation/sweep/sweep.h"
#include "sim/model/open/open.h"
#include "tests/shared_data.h"

namespace octavo::experiments {
namespace {

constexpr const char* kFolder = "data/gpt-nano-sort";

/// The model as a Hugging Face folder, made by the script that ships with Octavo.
class GptNanoSort : public testing::Test {
 protected:
  void SetUp() override {
    OCTAVO_REQUIRE_SHARED(kFolder);
    folder_ = std::filesystem::temp_directory_path() / ("octavo-nano-sort-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
    const std::string command = std::string("/usr/bin/python3 ") + OCTAVO_SOURCE + "/scripts/convert-gpt-nano-sort " +
                                shared_path("data/gpt-nano-sort/gpt-nano-sort-model.json").string() + " " +
                                (folder_ / "model").string();
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::shared_ptr<const sim::model::Weights> weights() const {
    return std::make_shared<sim::model::Weights>(sim::model::open(folder_ / "model").weights);
  }

  /// Token ids [rows, length] as .npy.
  std::filesystem::path write_ids(const std::vector<std::vector<std::int32_t>>& rows) const {
    const std::filesystem::path path = folder_ / "ids.npy";
    std::string header = "{'descr': '<i4', 'fortran_order': False, 'shape': (" + std::to_string(rows.size()) + ", " +
                         std::to_string(rows[0].size()) + "), }";
    header.resize(117, ' ');
    header += '\n';
    std::ofstream file(path, std::ios::binary);
    file << std::string("\x93NUMPY\x01\x00", 8) << static_cast<char>(header.size()) << '\0' << header;
    for (const auto& row : rows)
      file.write(reinterpret_cast<const char*>(row.data()), static_cast<std::streamsize>(row.size() * 4));
    return path;
  }

  std::filesystem::path folder_;
};

std::vector<float> recorded(const nlohmann::json& tensors, const std::string& name) {
  const std::string text = tensors.at(name).at("data");
  std::string bytes;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    static const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (c == '=') break;
    bits = bits << 6 | static_cast<std::uint32_t>(digits.find(c));
    if ((held += 6) >= 8) bytes += static_cast<char>(bits >> (held -= 8) & 0xFF);
  }
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

void expect_near(const float* computed, const std::vector<float>& expected, const std::string& what) {
  ASSERT_FALSE(expected.empty());
  float worst = 0.0F;
  for (std::size_t i = 0; i < expected.size(); ++i) worst = std::max(worst, std::fabs(computed[i] - expected[i]));
  EXPECT_LE(worst, 1e-5F) << what;
}

TEST_F(GptNanoSort, ReproducesRecordedActivations) {
  std::ifstream file(shared_path("data/gpt-nano-sort/gpt-nano-sort-t0-partials.json"));
  const nlohmann::json tensors = nlohmann::json::parse(file);
  sim::model::Transformer<float> model(weights());
  model.apply(scaling::uncast(scaling::Baseline::fp32));
  const std::vector<float> ids = recorded(tensors, "idx");  // [3, 11], as floats
  sim::model::Batch batch;
  for (std::size_t s = 0; s < ids.size() / 11; ++s)
    batch.add(std::vector<std::int32_t>(ids.begin() + static_cast<std::ptrdiff_t>(s * 11),
                                        ids.begin() + static_cast<std::ptrdiff_t>((s + 1) * 11)));
  std::vector<float> x;
  model.embed(batch, x);
  expect_near(x.data(), recorded(tensors, "x"), "embedding");
  for (int layer = 0; layer < 3; ++layer) {
    model.decode(batch, layer, layer + 1, x.data());
    expect_near(x.data(), recorded(tensors, "block" + std::to_string(layer)), "block " + std::to_string(layer));
  }
  std::vector<float> logits(static_cast<std::size_t>(batch.rows() * 3));
  model.logits(x.data(), batch.rows(), logits.data());
  expect_near(logits.data(), recorded(tensors, "lm_head"), "logits");
}

/// The six symbols of input number `n` in base 3, and the six sorted ones the model continues them with.
std::vector<std::int32_t> symbols(int n) {
  std::vector<std::int32_t> digits;
  for (int i = 0; i < 6; ++i, n /= 3) digits.push_back(n % 3);
  return digits;
}

TEST_F(GptNanoSort, SortsAll729Inputs) {
  sim::model::Transformer<float> model(weights());
  model.apply(scaling::uncast(scaling::Baseline::fp32));
  int sorted = 0;
  for (int n = 0; n < 729; ++n) {
    std::vector<std::int32_t> sequence = symbols(n);
    std::vector<std::int32_t> expected = sequence;
    std::sort(expected.begin(), expected.end());
    std::vector<float> x;
    std::array<float, 3> logits{};
    for (int step = 0; step < 6; ++step) {
      sim::model::Batch batch;
      batch.add(sequence);
      model.embed(batch, x);
      model.decode(batch, 0, 3, x.data());
      model.logits(x.data() + (batch.rows() - 1) * 48, 1, logits.data());
      sequence.push_back(static_cast<std::int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin()));
    }
    sorted += std::equal(expected.begin(), expected.end(), sequence.begin() + 6) ? 1 : 0;
  }
  EXPECT_EQ(sorted, 729);
}

TEST_F(GptNanoSort, IsSweptByLayer) {
  std::vector<std::vector<std::int32_t>> rows;
  for (int n = 0; n < 729; n += 7) {
    std::vector<std::int32_t> row = symbols(n);
    std::vector<std::int32_t> sorted = row;
    std::sort(sorted.begin(), sorted.end());
    row.insert(row.end(), sorted.begin(), sorted.end());
    rows.push_back(row);
  }
  SubjectFlags flags;
  flags.model = folder_ / "model";
  flags.token_ids = write_ids(rows);
  const Subject subject = open_subject(flags);
  EXPECT_EQ(subject.tokens, static_cast<std::int64_t>(rows.size()) * 11);
  SweepFlags sweep_flags;
  sweep_flags.by = Scope::layer;
  store::PartFolder parts(folder_ / "runs.h5", "test", store::Existing::refuse);
  const SweepResult result =
      sweep(subject, scaling::default_recipe(), sweep_flags, subject.header, parts, [](double, const std::string&) {});
  ASSERT_EQ(result.rows.size(), 2u + 3u * 17u);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "runs.h5"));
  EXPECT_GT(result.rows[1].to_baseline.relative_accuracy, 0.99);  // AMAX
  for (const store::IntervalRow& row : result.intervals) EXPECT_GE(row.biases, 4) << row.target;
}

}  // namespace
}  // namespace octavo::experiments
