// Checkpoints: equal after a round trip, whole or absent, and what is refused.
#include "sim/train/checkpoint/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <deque>
#include <fstream>

#include "messages/error.h"
#include "sim/file/safetensors/safetensors.h"
#include "sim/file/safetensors/safetensors_writer.h"
#include "sim/model/open/open.h"
#include "sim/text/open/open.h"
#include "sim/text/vocabulary/byte_vocabulary.h"
#include "tests/refusal.h"
#include "tests/sim/file/file_writers.h"
#include "tests/sim/train/tiny_run.h"

namespace octavo::sim::train {
namespace {

using model::Family;
using testing::HasSubstr;
namespace fs = std::filesystem;

CheckpointExtras extras() {
  return {"f00d", {{"tokenizer.json", text::byte_tokenizer_json()}}, {{"loss", {1.5, 0.1, 1e300}}, {"empty", {}}}};
}

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

class Checkpoint : public testing::TestWithParam<Family> {};

TEST_P(Checkpoint, BringsTrainingBackWithItsBits) {
  for (const char* recipe : {"amax", "delayed"}) {
    const file::TemporaryFolder folder;
    Trainer trainer = small_trainer(GetParam(), recipe);
    for (int step = 0; step < 2; ++step) trainer.step();
    const fs::path path = write_checkpoint(folder / "run", trainer, extras());
    EXPECT_EQ(path.filename(), "step-00000002");
    const double expected = trainer.step().loss;

    Trainer resumed = small_trainer(GetParam(), recipe);
    EXPECT_EQ(read_checkpoint(*newest_checkpoint(folder / "run"), resumed, "f00d"), extras().arrays);
    EXPECT_EQ(resumed.state().step, 2);
    EXPECT_EQ(resumed.step().loss, expected) << recipe;
    EXPECT_TRUE(*resumed.parameters().values == *trainer.parameters().values) << recipe;
    EXPECT_TRUE(resumed.state().histories == trainer.state().histories) << recipe;
  }
}

TEST_P(Checkpoint, IsAModelThatOpens) {
  const file::TemporaryFolder folder;
  Trainer trainer = small_trainer(GetParam(), "fp32");
  const fs::path path = write_checkpoint(folder / "run", trainer, extras());
  const model::ModelFile file = model::open(path);
  EXPECT_EQ(file.weights.config, small_config(GetParam()));
  EXPECT_TRUE(*copy_parameters(file.weights).values == *trainer.parameters().values);
  EXPECT_EQ(text::open_tokenizer(file.tokenizer_path, 256)->encode("a\xff\n"),
            (std::vector<std::int32_t>{97, 255, 10}));
}

/// The same file with one tensor a moment over all parameters, as it was written once.
void write_moments_together(const fs::path& path, const Trainer& trainer) {
  const file::Safetensors stored = file::Safetensors::open(path);
  std::deque<file::Tensor> floats;
  std::deque<std::vector<double>> doubles;
  std::vector<float> moments[2];
  for (const OptimizerTensor& tensor : trainer.state().optimizer)
    for (const auto& [numbers, all] : {std::pair(&tensor.first, &moments[0]), std::pair(&tensor.second, &moments[1])}) {
      const auto& kept = std::get<std::vector<float>>(*numbers);
      all->insert(all->end(), kept.begin(), kept.end());
    }
  const auto count = static_cast<std::int64_t>(moments[0].size());
  std::vector<file::StoredTensor> tensors{{"adam.first", {count}, std::span<const float>(moments[0])},
                                          {"adam.second", {count}, std::span<const float>(moments[1])}};
  for (const file::TensorInfo& info : stored.tensors())
    if (!info.name.starts_with("adam.") && info.dtype == "F32")
      tensors.push_back({info.name, info.shape, floats.emplace_back(stored.load(info.name)).values});
    else if (info.dtype == "F64")
      tensors.push_back(
          {info.name, info.shape, std::span<const double>(doubles.emplace_back(stored.doubles(info.name)))});
  const fs::path other = path.parent_path() / "together.safetensors";
  file::write_safetensors(other, tensors, {{"fingerprint", stored.metadata("fingerprint")}});
  fs::rename(other, path);
}

TEST_P(Checkpoint, IsReadAsItWasWrittenBeforeTheOptimizerHadTensors) {
  const file::TemporaryFolder folder;
  Trainer trainer = small_trainer(GetParam(), "delayed");
  for (int step = 0; step < 2; ++step) trainer.step();
  const fs::path path = write_checkpoint(folder / "run", trainer, extras());
  write_moments_together(path / "training.safetensors", trainer);

  Trainer resumed = small_trainer(GetParam(), "delayed");
  EXPECT_EQ(read_checkpoint(path, resumed, "f00d"), extras().arrays);
  EXPECT_TRUE(resumed.state().optimizer == trainer.state().optimizer);
  EXPECT_EQ(resumed.step().loss, trainer.step().loss);
  EXPECT_TRUE(*resumed.parameters().values == *trainer.parameters().values);
}

TEST_P(Checkpoint, HasATensorForEachMomentOfEachParameter) {
  const file::TemporaryFolder folder;
  Trainer trainer = small_trainer(GetParam(), "amax");
  trainer.step();
  const file::Safetensors stored =
      file::Safetensors::open(write_checkpoint(folder / "run", trainer, extras()) / "training.safetensors");
  for (const OptimizerTensor& tensor : trainer.state().optimizer) {
    const Slot& slot = trainer.parameters().slots[tensor.parameter];
    for (const auto& [moment, numbers] : {std::pair("adam.first.", &tensor.first), {"adam.second.", &tensor.second}}) {
      const file::TensorInfo* info = stored.find(moment + slot.name);
      ASSERT_NE(info, nullptr) << moment << slot.name;
      EXPECT_EQ(info->dtype, "F32");
      EXPECT_EQ(info->shape, slot.shape);
      EXPECT_TRUE(std::ranges::equal(stored.load(moment + slot.name).values, std::get<std::vector<float>>(*numbers)));
    }
  }
}

TEST_P(Checkpoint, OfTheNewestWholeStepIsWhatTheirFolderOpensAs) {
  const file::TemporaryFolder folder;
  Trainer trainer = small_trainer(GetParam(), "fp32");
  const fs::path first = write_checkpoint(folder / "run", trainer, extras());
  trainer.step();
  const fs::path second = write_checkpoint(folder / "run", trainer, extras());
  const model::ModelFile file = model::open(folder / "run");
  EXPECT_EQ(file.name, "step-00000001");
  EXPECT_EQ(file.tokenizer_path, second / "tokenizer.json");
  EXPECT_THAT(file.notes, testing::ElementsAre(HasSubstr("opened step-00000001, the newest")));
  EXPECT_TRUE(*copy_parameters(file.weights).values == *trainer.parameters().values);

  fs::resize_file(second / "model.safetensors", 900);  // as a copy that was interrupted
  EXPECT_THAT(model::open(folder / "run").notes,
              testing::ElementsAre(HasSubstr("left out '" + second.string() + "'"),
                                   HasSubstr("opened step-00000000, the newest that is whole")));
  fs::remove(first / "config.json");
  EXPECT_THAT(tests::refusal([&] { model::open(folder / "run"); }), HasSubstr("none of its 2 checkpoints opens"));
  fs::remove_all(second);
  EXPECT_THAT(tests::refusal([&] { model::open(folder / "run"); }), HasSubstr("config.json"));
}

INSTANTIATE_TEST_SUITE_P(Families, Checkpoint, testing::Values(Family::gpt, Family::llama));

TEST(Checkpoints, KeepTheLastTwo) {
  const file::TemporaryFolder folder;
  EXPECT_FALSE(newest_checkpoint(folder / "run"));
  Trainer trainer = small_trainer(Family::gpt, "fp32");
  for (int step = 0; step < 3; ++step) {
    write_checkpoint(folder / "run", trainer, extras());
    trainer.step();
  }
  EXPECT_EQ(newest_checkpoint(folder / "run")->filename(), "step-00000002");
  EXPECT_EQ(entries(folder / "run"), 2U);
}

std::string error_of(const fs::path& checkpoint, Trainer& trainer, const std::string& fingerprint) {
  try {
    read_checkpoint(checkpoint, trainer, fingerprint);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Checkpoints, OfAnotherRunOrShapeAreRefused) {
  const file::TemporaryFolder folder;
  Trainer gpt = small_trainer(Family::gpt, "fp32");
  Trainer llama = small_trainer(Family::llama, "fp32");
  const fs::path path = write_checkpoint(folder / "run", gpt, extras());
  EXPECT_THAT(error_of(path, gpt, "beef"), HasSubstr("another run"));
  EXPECT_THAT(error_of(path, llama, "f00d"), HasSubstr("another shape"));
  fs::resize_file(path / "training.safetensors", 2000);
  EXPECT_THAT(error_of(path, gpt, "f00d"), HasSubstr("training.safetensors"));
  fs::remove(path / "training.safetensors");
  EXPECT_THAT(error_of(path, gpt, "f00d"), HasSubstr("training.safetensors"));
}

TEST(Checkpoints, SurviveAFullDisk) {
  // A limit on the size of files fails a write just as a full disk does.
  const file::TemporaryFolder folder;
  Trainer trainer = small_trainer(Family::gpt, "fp32");
  const fs::path good = write_checkpoint(folder / "run", trainer, extras());
  trainer.step();
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_IGN);
  for (const rlim_t bytes : {10, 3000, 600000}) {  // in the configuration, in the model, in the optimizer's state
    const rlimit limit{bytes, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
    EXPECT_THAT(tests::refusal([&] { write_checkpoint(folder / "run", trainer, extras()); }),
                AllOf(HasSubstr("cannot write"), HasSubstr("free space")))
        << bytes;
    setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_EQ(newest_checkpoint(folder / "run"), good);
    EXPECT_EQ(entries(folder / "run"), 1U) << bytes;
  }
  std::signal(SIGXFSZ, SIG_DFL);
  Trainer resumed = small_trainer(Family::gpt, "fp32");
  read_checkpoint(good, resumed, "f00d");
  EXPECT_EQ(resumed.state().step, 0);
  EXPECT_NO_THROW(write_checkpoint(folder / "run", trainer, extras()));
}

}  // namespace
}  // namespace octavo::sim::train
