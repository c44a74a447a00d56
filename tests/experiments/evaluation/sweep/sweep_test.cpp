// Sweeps of a tiny model: the same bytes however they are computed, and points that mean what they say.
#include "experiments/evaluation/sweep/sweep.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>
#include <stdexcept>

#include "experiments/evaluation/recorder.h"
#include "experiments/evaluation/scoring.h"
#include "experiments/store/runs/run_file.h"
#include "formats/limits.h"
#include "machine/instruction_set.h"
#include "machine/threads.h"
#include "tests/experiments/tiny_llama.h"

namespace octavo::experiments {
namespace {

namespace fs = std::filesystem;
using machine::InstructionSet;
using scaling::Role;
using sim::file::throws_one_line;
using sim::model::Transformer;
using store::Policy;
using testing::Each;
using testing::HasSubstr;

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void ignore_progress(double, const std::string&) {}

SweepResult sweep_to(const fs::path& out, const Subject& subject, const scaling::Recipe& recipe,
                     const SweepFlags& flags, store::Existing existing = store::Existing::refuse,
                     const Progress& progress = ignore_progress) {
  store::PartFolder parts(out, "fingerprint", existing);
  return sweep(subject, recipe, flags, subject.header, parts, progress);
}

/// Constant biases here and there, so that what surrounds the layer under test is not all AMAX.
scaling::Recipe mixed_recipe() {
  return scaling::parse_recipe(R"(
baseline = "bf16"
[cast]
weight     = { format = "e4m3", scaling = "amax" }
activation = { format = "e5m2", scaling = { cscale = { bias = 1 } } }
[[override]]
layers = "*.mlp.down"
weight = { scaling = { cscale = { bias = 3 } } }
)",
                               "mixed");
}

class Sweep : public testing::TestWithParam<Scope> {
 protected:
  Sweep() {
    files_.flags.batch = 2;
    subject_ = open_subject(files_.flags);
    flags_.bias = {-1, 0};
    flags_.by = GetParam();
  }
  fs::path out(const std::string& name) const { return files_.folder / name; }

  TinyFiles files_{60};
  Subject subject_;
  SweepFlags flags_;
};

INSTANTIATE_TEST_SUITE_P(By, Sweep, testing::Values(Scope::model, Scope::kind, Scope::layer), [](const auto& by) {
  return std::string(by.param == Scope::model ? "Model" : by.param == Scope::kind ? "Kind" : "Layer");
});

TEST_P(Sweep, SameBytesForAnyThreadsAndInstructionSet) {
  const machine::InstructionSet widest = machine::instruction_set();
  const int threads = machine::threads();
  std::set<std::string> contents;
  int runs = 0;
  const auto run = [&](machine::InstructionSet set, int count) {
    machine::use_instruction_set(set);
    machine::use_threads(count);
    const fs::path file = out(std::to_string(runs++) + ".h5");
    sweep_to(file, subject_, mixed_recipe(), flags_);
    contents.insert(bytes_of(file));
  };
  for (const int count : {1, 2, 3}) run(widest, count);
  for (const auto set :
       {machine::InstructionSet::scalar, machine::InstructionSet::avx2, machine::InstructionSet::avx512})
    if (set != widest && machine::available(set)) run(set, 2);
  machine::use_instruction_set(widest);
  machine::use_threads(threads);
  EXPECT_EQ(contents.size(), 1u) << "of " << runs << " runs";
}

TEST_P(Sweep, InterruptedAndResumedGivesTheSameBytes) {
  sweep_to(out("whole.h5"), subject_, mixed_recipe(), flags_);
  int calls = 0;  // in an uninterrupted sweep
  sweep_to(out("counted.h5"), subject_, mixed_recipe(), flags_, store::Existing::refuse,
           [&](double, const std::string&) { ++calls; });
  struct Interrupted : std::exception {};
  for (const int last : {1, calls / 3, calls / 2, calls}) {
    const fs::path file = out("from_" + std::to_string(last) + ".h5");
    int left = last;
    EXPECT_THROW(sweep_to(file, subject_, mixed_recipe(), flags_, store::Existing::refuse,
                          [&](double, const std::string&) {
                            if (--left == 0) throw Interrupted();
                          }),
                 Interrupted);
    EXPECT_FALSE(fs::exists(file));
    int rest = 0;
    sweep_to(file, subject_, mixed_recipe(), flags_, store::Existing::resume,
             [&](double, const std::string&) { ++rest; });
    EXPECT_LE(rest, calls - last + 1 + static_cast<int>(subject_.micro_batches.size()));  // not from the beginning
    EXPECT_EQ(bytes_of(file), bytes_of(out("whole.h5"))) << "interrupted at call " << last << " of " << calls;
    EXPECT_FALSE(fs::exists(file.string() + ".parts"));
  }
}

TEST_P(Sweep, EveryPointIsAFullEvaluationUnderItsRecipe) {
  const SweepResult result = sweep_to(out("sweep.h5"), subject_, mixed_recipe(), flags_);
  const std::vector<SweepPoint> grid = sweep_grid(subject_.weights->config, mixed_recipe(), flags_);
  ASSERT_EQ(result.rows.size(), grid.size());
  for (std::size_t i = 0; i < grid.size(); ++i) {
    Transformer<float> model(subject_.weights);
    model.apply(recipe_at(grid[i], mixed_recipe(), flags_, subject_.weights->config));
    const Scores scores = score_subject(model, subject_, nullptr, [](double) {});
    const store::Run run = store::read_run(out("sweep.h5"), static_cast<int>(i));
    EXPECT_EQ(run.token_loss, scores.loss) << word(grid[i].policy) << ' ' << grid[i].target << ' ' << grid[i].bias;
    EXPECT_EQ(run.token_correct, scores.correct);
    EXPECT_EQ(result.rows[i].loss, scores.mean_loss());
    EXPECT_EQ(result.rows[i].accuracy, scores.accuracy());
    EXPECT_EQ(result.rows[i].bias, grid[i].bias);
    EXPECT_EQ(result.rows[i].run, static_cast<int>(i));
  }
  EXPECT_EQ(store::read_table<store::SweepRow>(out("sweep.h5")), result.rows);
  EXPECT_EQ(store::read_table<store::IntervalRow>(out("sweep.h5")), result.intervals);
  EXPECT_EQ(result.rows[0].to_baseline.relative_accuracy, 1.0);
  EXPECT_EQ(result.rows[0].to_baseline.loss_increase, 0.0);
}

TEST_P(Sweep, PointsRecordTheTensorsUnderTest) {
  sweep_to(out("sweep.h5"), subject_, mixed_recipe(), flags_);
  const std::vector<store::TensorName> axis = store::read_axis(out("sweep.h5"));
  ASSERT_EQ(axis.size(), 2u * 7u * TinyLlama::layers);
  EXPECT_THAT(store::read_run(out("sweep.h5"), 0).tensors, testing::IsEmpty());
  EXPECT_THAT(store::read_run(out("sweep.h5"), 1).tensors, testing::SizeIs(axis.size()));
  const store::Run point = store::read_run(out("sweep.h5"), 3);  // after the recipe as it is written
  const std::size_t targets = GetParam() == Scope::model ? 1 : GetParam() == Scope::kind ? 7 : TinyLlama::layers;
  EXPECT_THAT(point.tensors, testing::SizeIs(axis.size() / targets));
  for (const store::TensorRecord& tensor : point.tensors) {
    const store::TensorName& name = axis[static_cast<std::size_t>(tensor.index)];
    EXPECT_EQ(tensor.bias, flags_.bias.first) << name.name;
    if (GetParam() == Scope::kind) {
      EXPECT_EQ(name.kind, point.target);
    } else if (GetParam() == Scope::layer) {
      EXPECT_EQ(name.layer, 0);
    }
  }
}

TEST(SweepByLayer, SuffixEqualsTheWholePassTokenByToken) {
  const TinyFiles files;
  const Subject subject = open_subject(files.flags);
  Transformer<float> model(subject.weights);
  model.apply(scaling::default_recipe());
  const Scores whole = score_subject(model, subject, nullptr, [](double) {});
  Streams streams = embed(model, subject);
  for (std::int64_t layer = 0; layer <= TinyLlama::layers; ++layer) {
    const Scores suffix = score_subject_from(model, subject, layer, streams, nullptr, [](double) {});
    EXPECT_EQ(suffix.loss, whole.loss) << "from decoder " << layer;
    EXPECT_EQ(suffix.correct, whole.correct);
    if (layer < TinyLlama::layers) advance_streams(model, subject, layer, layer + 1, streams);
  }
}

TEST(SweepAmax, NeverOverflowsAndUsesTheWholeRange) {
  const TinyFiles files;
  const Subject subject = open_subject(files.flags);
  for (const formats::Spec& format : {formats::e4m3, formats::e4m3fnuz, formats::e5m2}) {
    scaling::Recipe recipe = scaling::default_recipe();
    recipe.rule.casts[0]->format = recipe.rule.casts[1]->format = format;
    SweepFlags flags;
    flags.bias = {100, 101};
    const fs::path out = files.folder / "amax.h5";
    sweep_to(out, subject, recipe, flags, store::Existing::force);
    const std::vector<store::TensorName> axis = store::read_axis(out);
    const store::Run amax = store::read_run(out, 1);
    ASSERT_EQ(amax.tensors.size(), axis.size());
    for (const store::TensorRecord& tensor : amax.tensors) {
      const store::TensorName& name = axis[static_cast<std::size_t>(tensor.index)];
      EXPECT_EQ(tensor.overflow_fraction, 0.0) << name.name;
      EXPECT_EQ(tensor.scale, std::ldexp(1.0F, tensor.bias));
      std::uint64_t casts = 0, elements = 0;
      int smallest = std::numeric_limits<int>::max();
      for (std::size_t bin = 0; bin < scaling::kBiasBins; ++bin) {
        casts += tensor.bias_histogram[bin];
        if (tensor.bias_histogram[bin] > 0) smallest = std::min(smallest, static_cast<int>(bin) - scaling::kBiasLimit);
      }
      for (const std::uint64_t count : tensor.exponent_histogram) elements += count;
      EXPECT_EQ(casts, name.role == Role::weight ? 1u : subject.micro_batches.size());
      EXPECT_EQ(elements, tensor.elements);
      // The largest value of all came with the smallest bias, and a bias one higher would have lost it.
      EXPECT_LE(std::ldexp(static_cast<double>(tensor.amax), smallest), formats::limits(format).max) << name.name;
      EXPECT_GT(std::ldexp(static_cast<double>(tensor.amax), smallest + 1), formats::limits(format).max) << name.name;
    }
    for (const store::TensorRecord& tensor : store::read_run(out, 2).tensors)
      if (axis[static_cast<std::size_t>(tensor.index)].role == Role::weight) {
        EXPECT_GT(tensor.overflow_fraction, 0.9) << "2^100 leaves next to nothing in range";
      }
  }
}

}  // namespace
}  // namespace octavo::experiments
