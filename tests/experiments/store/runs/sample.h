// A small but complete sweep for the store's tests, and a folder that removes itself.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "experiments/store/runs/header.h"
#include "experiments/store/runs/run.h"
#include "experiments/store/runs/tables.h"
#include "sim/nn/elementwise/elementary.h"

namespace octavo::experiments::store {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = testing::TempDir() + "octavo_store_XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot create " + name);
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code code;
    std::filesystem::remove_all(path_, code);
  }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::size_t files_in(const std::filesystem::path& folder) {
  std::error_code code;
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder, code), {}));
}

inline constexpr int kSampleTensors = 70;  // more than one chunk of a histogram
inline constexpr int kSampleTokens = 100;

inline std::vector<TensorName> sample_axis() {
  std::vector<TensorName> axis;
  for (int i = 0; i < kSampleTensors; ++i)
    axis.push_back({"decoder." + std::to_string(i / 2) + ".attention.q", i / 2, "attention.q",
                    i % 2 == 0 ? scaling::Role::weight : scaling::Role::activation});
  return axis;
}

/// Point 0 is a baseline without tensors, point 1 an AMAX with all, the others CSCALE with every third tensor.
inline Run sample_run(int point) {
  Run run;
  run.policy = point == 0 ? Policy::baseline : point == 1 ? Policy::amax : Policy::cscale;
  run.target = point > 1 ? "attention.q" : "";
  run.scope = point > 1 ? Scope::kind : Scope::model;
  run.bias = run.weight_bias = run.activation_bias = point > 1 ? point - 5 : kNoBias;
  run.micro_batches = 4;
  run.loss = 2.0 + 0.125 * point;
  run.accuracy = 0.5 / (1 + point);
  for (int t = 0; t < kSampleTokens; ++t) {
    run.token_loss.push_back(static_cast<float>(t * 0.01 + point));
    run.token_correct.push_back((t + point) % 3 == 0);
  }
  if (point == 2)
    for (int t = 0; t < kSampleTokens; ++t) {
      run.token_kl.push_back(static_cast<float>(t) / 64.0F);
      run.token_agrees.push_back(t % 2 == 0);
    }
  for (int i = 0; point > 0 && i < kSampleTensors; i += point == 1 ? 1 : 3) {
    TensorRecord tensor;
    tensor.index = i;
    tensor.cast = i % 7 != 3;
    tensor.bias = i % 9 - 4;
    tensor.scale = std::ldexp(1.0F, tensor.bias);
    tensor.amax = 0.1F * static_cast<float>(i + 1);
    tensor.snr_db = i % 5 == 0 ? std::numeric_limits<double>::infinity() : 31.7 + i;
    tensor.underflow_fraction = i / 128.0;
    tensor.overflow_fraction = i / 1024.0;
    tensor.elements = (std::uint64_t{1} << 40) + static_cast<std::uint64_t>(i);
    tensor.bias_histogram[static_cast<std::size_t>(tensor.bias + scaling::kBiasLimit)] = 4;
    tensor.exponent_histogram[static_cast<std::size_t>(100 + i % 20)] = tensor.elements;
    run.tensors.push_back(tensor);
  }
  return run;
}

inline Header sample_header() {
  Header header;
  header.experiment = "sweep";
  header.command = "octavo sweep --model stories260K.bin --text text.txt --bias -3:3";
  header.seed = std::numeric_limits<std::uint64_t>::max();
  header.engine = "fp32: one FMA chain in ascending k";
  header.model_name = "stories260K.bin";
  header.model_bytes = 1056540;
  header.model_header_sha256 = sha256({});
  header.model_family = "llama";
  header.model_layers = 5;
  header.model_parameters = 260032;
  header.text_name = "größe.txt";
  header.text_bytes = 1234;
  header.text_sha256 = sha256({});
  header.context = 512;
  header.batch = 1;
  header.tokens = kSampleTokens;
  header.fingerprint = "f00d";
  header.recipe_name = "ocp-amax.toml";
  header.recipe = "baseline = \"fp32\"\n[cast]\n";
  return header;
}

inline std::vector<SweepRow> sample_sweep(int points) {
  std::vector<SweepRow> rows;
  for (int i = 0; i < points; ++i) {
    const Run run = sample_run(i);
    SweepRow& row = rows.emplace_back();
    row.policy = run.policy;
    row.scope = run.scope;
    row.target = run.target;
    row.role = run.role;
    row.bias = row.weight_bias = row.activation_bias = run.bias;
    row.loss = run.loss;
    row.perplexity = sim::nn::exp(run.loss);
    row.accuracy = run.accuracy;
    row.criterion = Criterion::accuracy;
    row.to_baseline = {run.accuracy / 0.5, 0.002,          run.loss - 2.0, 0.001,
                       Verdict::fails,     Verdict::holds, Verdict::holds, kNoEstimate};
    row.to_amax = {1.25, 0.5, 0.75, 0.125, Verdict::undecided, Verdict::fails, Verdict::fails, 77};
    row.tokens = kSampleTokens;
    row.run = i;
  }
  return rows;
}

inline std::vector<IntervalRow> sample_interval() {
  return {
      {Scope::kind, "attention.q", Tested::both, Reference::baseline, Criterion::loss, -3, -1, 3, 1, 0, 2, 4000, -4},
      {Scope::kind, "mlp.down", Tested::weight, Reference::amax, Criterion::loss, 0, 0, 0, 0, 0, 0, 0, 2}};
}

}  // namespace octavo::experiments::store
