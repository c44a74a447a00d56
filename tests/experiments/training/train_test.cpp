// Training from configuration to files: configurations, run files, resumption, divergence.
#include "experiments/training/train.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

#include "experiments/store/hdf5/file.h"
#include "experiments/training/config.h"
#include "machine/threads.h"
#include "messages/error.h"
#include "scaling/recipe/recipe.h"
#include "sim/model/initialise.h"
#include "sim/model/open/open.h"
#include "sim/nn/loss.h"
#include "sim/text/open/open.h"
#include "tests/refusal.h"
#include "tests/shared_data.h"
#include "tests/sim/file/file_writers.h"
#include "tests/sim/file/gguf/gguf_writer.h"

namespace octavo::experiments {
namespace {

using sim::file::TemporaryFolder;
using testing::HasSubstr;

constexpr const char* kModel = R"([model]
family = "llama"
layers = 2
width = 32
heads = 4
kv_heads = 2
hidden = 48
context = 64
)";

constexpr const char* kRest = R"([data]
context = 32
validation = 0.1
[training]
steps = 12
batch = 4
accumulation = 2
learning_rate = 0.01
schedule = "cosine"
warmup = 2
dropout = 0.1
[output]
record_every = 4
checkpoint_every = 5
)";

std::string text() {
  std::string result;
  for (int i = 0; i < 150; ++i) result += "In the beginning was the word number " + std::to_string(i * i % 97) + ".\n";
  return result;
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string with(std::string config, const std::string& from, const std::string& to) {
  return config.replace(config.find(from), from.size(), to);
}

struct TrainFiles {
  TemporaryFolder folder;
  TrainFlags flags;

  explicit TrainFiles(const std::string& config = std::string(kModel) + kRest) {
    flags.config = folder / "train.toml";
    flags.recipe = folder / "recipe.toml";
    flags.text = folder / "text.txt";
    flags.out = folder / "run.h5";
    flags.checkpoint = folder / "checkpoints";
    sim::file::write_file(flags.config, config);
    sim::file::write_file(flags.text, text());
    sim::file::write_file(flags.recipe, scaling::to_toml(scaling::default_recipe()));
  }
  TrainResult go(const TrainProgress& progress = [](double, const std::string&) {}) const {
    return train(flags, "octavo train", progress, [](const std::string&) {});
  }
  /// The notes of going on from the last checkpoint with a configuration in which `from` is `to`.
  std::vector<std::string> resume(const std::string& config, const std::string& from, const std::string& to) {
    flags.resume = true;
    sim::file::write_file(flags.config, with(config, from, to));
    std::vector<std::string> notes;
    train(
        flags, "octavo train", [](double, const std::string&) {},
        [&](const std::string& note) { notes.push_back(note); });
    return notes;
  }
  std::string error() const {
    try {
      go();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
};

store::TrainingRun read(const std::filesystem::path& path) {
  return store::read_training_run(store::File::open(path).root().open("runs").open("0"));
}

TEST(Train, WritesARunFileALogAndAModel) {
  const TrainFiles run;
  const TrainResult result = run.go();
  EXPECT_EQ(result.header.model_family, "llama");
  EXPECT_EQ(read(run.flags.out), result.run);
  ASSERT_EQ(result.run.metrics.size(), 8U);
  EXPECT_EQ(result.run.metrics.at(4), (store::Metric{"schedule_steps", {0}, {12.0}}));
  EXPECT_EQ(result.run.tensors.step, (std::vector<std::int64_t>{0, 4, 8}));
  EXPECT_EQ(result.run.tensors.bias.size(), 3U * 2 * 7 * 3);
  const std::string log = bytes_of(run.folder / "run.jsonl");
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 12);
  EXPECT_THAT(log, HasSubstr("\"validation_loss\""));
  EXPECT_EQ(result.checkpoint.filename(), "step-00000012");
  EXPECT_EQ(sim::model::open(result.checkpoint).weights.config.hidden, 48);
  EXPECT_THAT(train_text(result), HasSubstr("validation_loss"));
  EXPECT_THAT(train_json(result), HasSubstr("\"checkpoint\""));
}

TEST(Train, KilledAndResumedWritesTheSameBytes) {
  const TrainFiles whole;
  machine::use_threads(1);
  whole.go();
  machine::use_threads(0);
  for (const int killed : {3, 5, 9}) {  // before, at and after a checkpoint
    TrainFiles run;
    int steps = 0;
    struct Killed : std::exception {};  // no Error
    EXPECT_THROW(run.go([&](double, const std::string&) {
      if (++steps == killed) throw Killed();
    }),
                 Killed);
    run.flags.resume = true;
    run.go();
    for (const char* file : {"run.h5", "run.jsonl", "checkpoints/step-00000012/model.safetensors",
                             "checkpoints/step-00000012/training.safetensors"})
      EXPECT_TRUE(bytes_of(run.folder / file) == bytes_of(whole.folder / file)) << file << ' ' << killed;
  }
}

TEST(Train, LengthenedUnderAConstantScheduleIsOneLongRun) {
  const std::string config = with(std::string(kModel) + kRest, "\"cosine\"", "\"constant\"");
  const TrainFiles whole(with(config, "steps = 12", "steps = 20"));
  whole.go();
  TrainFiles run(config);
  run.go();
  EXPECT_THAT(run.resume(config, "steps = 12", "steps = 20"), testing::IsEmpty());
  const std::filesystem::path last = "checkpoints/step-00000020/model.safetensors";
  EXPECT_TRUE(bytes_of(run.folder / last) == bytes_of(whole.folder / last));
  EXPECT_EQ(read(run.flags.out).metrics.at(2), read(whole.flags.out).metrics.at(2));  // the loss of every step
}

TEST(Train, LengthenedUnderACosineFollowsTheNewCurveAndSaysSo) {
  const std::string config = std::string(kModel) + kRest;
  TrainFiles run(config);
  run.go();
  EXPECT_THAT(run.resume(config, "steps = 12", "steps = 20"),
              testing::ElementsAre(HasSubstr("now ends after 20 steps, not 12: from step 12 on")));
  const store::TrainingRun record = read(run.flags.out);
  EXPECT_EQ(record.metrics.at(4), (store::Metric{"schedule_steps", {0, 12}, {12.0, 20.0}}));
  const TrainFiles whole(with(config, "steps = 12", "steps = 20"));
  const std::vector<double> rate = whole.go().run.metrics.at(1).value;
  EXPECT_EQ(record.metrics.at(1).value.at(12), rate.at(12));
  EXPECT_NE(record.metrics.at(1).value.at(8), rate.at(8));
}

TEST(Train, RefusesFewerStepsThanAreDone) {
  TrainFiles run;
  run.go();
  EXPECT_THAT(tests::refusal([&] { run.resume(std::string(kModel) + kRest, "steps = 12", "steps = 9"); }),
              HasSubstr("12 steps are done, which is more than [training] steps = 9"));
}

TEST(Train, TakesTheTextsOfAField) {
  TrainFiles run;
  const std::string plain = bytes_of(run.go().checkpoint / "model.safetensors");
  TrainFiles lines;
  std::string json = "{\"story\": \"" + text() + "\"}\n";
  for (std::size_t at = 0; (at = json.find('\n', at)) + 1 < json.size(); at += 2) json.replace(at, 1, "\\n");
  sim::file::write_file(lines.flags.text, json);
  lines.flags.field = "story";
  EXPECT_TRUE(bytes_of(lines.go().checkpoint / "model.safetensors") == plain);
  lines.flags.resume = true;
  lines.flags.field = "tale";
  EXPECT_THAT(lines.error(), HasSubstr("tale"));
}

TEST(Train, GoesOnFromACheckpointAsAStart) {
  const TrainFiles first;
  const double before = first.go().run.metrics.at(2).value.back();
  TrainFiles second("[model]\nstart = \"" + (first.folder / "checkpoints").string() + "\"\n" + kRest);
  const TrainResult result = second.go();  // from the newest
  EXPECT_EQ(result.header.model_name, "step-00000012");
  EXPECT_LT(result.run.metrics.at(2).value.front(), before + 0.5);
}

/// A GGUF model of one decoder and the letters a to d.
std::string gguf_model() {
  sim::file::GgufWriter writer;
  writer.text("general.architecture", "llama").number("llama.block_count", 1U).number("llama.context_length", 16U);
  writer.number("llama.embedding_length", 8U).number("llama.feed_forward_length", 4U);
  writer.number("llama.attention.head_count", 2U).number("llama.attention.layer_norm_rms_epsilon", 0.5F);
  writer.text("tokenizer.ggml.model", "gpt2").text("tokenizer.ggml.pre", "smollm");
  writer.texts("tokenizer.ggml.tokens", {"a", "b", "c", "d"});
  const auto matrix = [&](const std::string& name, std::int64_t rows, std::int64_t columns) {
    std::vector<float> values;
    for (std::int64_t i = 0; i < rows * columns; ++i) values.push_back(0.01F * static_cast<float>(i * 7 % 23 - 11));
    writer.floats(name + ".weight", {rows, columns}, values);
  };
  matrix("token_embd", 4, 8);
  for (const char* name : {"attn_q", "attn_k", "attn_v", "attn_output"}) matrix(std::string("blk.0.") + name, 8, 8);
  for (const char* name : {"ffn_gate", "ffn_up"}) matrix(std::string("blk.0.") + name, 4, 8);
  matrix("blk.0.ffn_down", 8, 4);
  for (const char* name : {"blk.0.attn_norm", "blk.0.ffn_norm", "output_norm"})
    writer.floats(std::string(name) + ".weight", {8}, std::vector<float>(8, 1.0F));
  return writer.file();
}

TEST(Train, OfAGgufModelWritesModelsWithItsTokenizer) {
  TrainFiles run("[model]\nstart = \"start.gguf\"\n[data]\ncontext = 8\n[training]\nsteps = 1\nbatch = 2\n");
  sim::file::write_file(run.folder / "start.gguf", gguf_model());
  std::string letters;
  for (int i = 0; i < 200; ++i) letters += static_cast<char>('a' + i * i % 4);
  sim::file::write_file(run.flags.text, letters);
  const sim::model::ModelFile model = sim::model::open(run.go().checkpoint);
  EXPECT_EQ(model.tokenizer_path.filename(), "tokenizer.gguf");
  EXPECT_THAT(sim::text::open_tokenizer(model.tokenizer_path, 4)->encode("cab"), testing::ElementsAre(2, 0, 1));
  // And so does what is trained on from there.
  TrainFiles next("[model]\nstart = \"" + run.flags.checkpoint.string() +
                  "\"\n[data]\ncontext = 8\n[training]\nsteps = 1\nbatch = 2\n");
  sim::file::write_file(next.flags.text, letters);
  EXPECT_EQ(sim::model::open(next.go().checkpoint).tokenizer_path.filename(), "tokenizer.gguf");
}

TEST(Train, TrainsOnPlainData) {
  TrainingTask task;
  const TrainConfig config = parse_train_config(std::string(kModel) + kRest, "t.toml");
  task.weights = sim::model::initialise(config.model, 1, "t.toml");
  task.settings = config.training;
  task.recipe = scaling::default_recipe();
  const sim::text::Document text(400, 7);
  task.training = sim::text::evaluation_windows({text}, {}, 32, 1000, "sevens");
  task.validation = {task.training.back()};
  std::vector<std::int32_t>& targets = task.validation.front().target;
  targets.assign(targets.size(), sim::nn::kNotScored);
  targets.back() = 7;  // classification scores one position
  task.record_every = 5;
  double share = 0.0;
  const TrainedModel trained = train(task, [&](double done, const std::string&) { share = done; });
  EXPECT_EQ(share, 1.0);
  EXPECT_EQ(trained.axis.size(), 2U * 7 * 3);
  const store::TensorTraces& traces = trained.run.tensors;
  EXPECT_EQ(traces.step, (std::vector<std::int64_t>{0, 5, 10}));
  ASSERT_EQ(traces.scale.size(), traces.bias.size());
  for (std::size_t i = 0; i < traces.scale.size(); ++i) EXPECT_EQ(traces.scale[i], std::ldexp(1.0F, traces.bias[i]));
  ASSERT_EQ(trained.run.metrics.at(6).name, "validation_accuracy");
  EXPECT_EQ(trained.run.metrics.at(6).value, std::vector{1.0});
  EXPECT_LT(trained.run.metrics.at(7).value.back(), trained.run.metrics.at(2).value.front());
  EXPECT_EQ(trained.weights->config, config.model);
}

TEST(Train, RecordsScalesThatAreNoPowersOfTwo) {
  const TrainFiles run;
  sim::file::write_file(run.flags.recipe, bytes_of(OCTAVO_SOURCE "/recipes/hybrid-delayed.toml"));
  const store::TensorTraces traces = run.go().run.tensors;
  const auto odd = [](float scale) { return scale != std::ldexp(1.0F, std::ilogb(scale)); };
  EXPECT_GT(std::count_if(traces.scale.begin(), traces.scale.end(), odd),
            80);  // of 42 tensors after the first step, whose scale is 1
  EXPECT_EQ(read(run.flags.out).tensors, traces);
}

TEST(Train, ClassifiesLabelledTexts) {
  std::string config = std::string(kModel) + kRest;
  config.replace(config.find("[data]"), 6, "[data]\nkind = \"labelled\"");
  config.replace(config.find("dropout = 0.1"), 13, "");
  config.replace(config.find("steps = 12"), 10, "steps = 40");
  const TrainFiles run(config);
  std::string lines;
  for (int i = 0; i < 200; ++i)
    lines += (i % 2 == 0 ? "A\tthe number is " : "B\ta number was ") + std::to_string(i * i % 97) + "\n";
  sim::file::write_file(run.flags.text, lines);
  const TrainResult result = run.go();
  EXPECT_EQ(result.header.tokens, 180);  // one a line
  const auto accuracy = std::ranges::find(result.run.metrics, "validation_accuracy", &store::Metric::name);
  ASSERT_NE(accuracy, result.run.metrics.end());
  EXPECT_GT(accuracy->value.back(), 0.9);
  const TrainFiles refused(config);
  sim::file::write_file(refused.flags.text, "A\tone\nno tab\n");
  EXPECT_THAT(refused.error(), testing::AllOf(HasSubstr(":2:"), HasSubstr("no tab")));
}

TEST(Train, SaysWhyItDiverged) {
  std::string config = std::string(kModel) + kRest;
  config.replace(config.find("0.01"), 4, "300.0");
  const TrainFiles run(config);
  EXPECT_THAT(run.error(), HasSubstr("training diverged in step"));
  EXPECT_THAT(read(run.flags.out).stopped, HasSubstr("training diverged in step"));
}

TEST(Train, RefusesCheckpointsThatAreThere) {
  TrainFiles run;
  run.go();
  run.flags.force = true;
  EXPECT_THAT(run.error(), HasSubstr("step-00000012 exists already; go on from it with --resume"));
}

TEST(Train, RefusesToResumeAnotherRun) {
  TrainFiles run;
  run.go();
  run.flags.resume = true;
  sim::file::write_file(run.flags.text, text() + "more");
  EXPECT_THAT(run.error(), HasSubstr("another run"));
}

TEST(Train, RefusesATextThatIsTooShort) {
  const TrainFiles run;
  sim::file::write_file(run.flags.text, "In the beginning");
  EXPECT_THAT(run.error(), HasSubstr("a step takes 8"));
  EXPECT_FALSE(std::filesystem::exists(run.flags.out));
}

TEST(Train, RefusesAConfigurationThatIsNotThere) {
  TrainFiles run;
  run.flags.config = run.folder / "absent.toml";
  EXPECT_THAT(run.error(), HasSubstr("absent.toml: no such file"));
}

TEST(TrainConfig, PrintsWhatItReads) {
  const TrainConfig config = parse_train_config(std::string(kModel) + kRest, "t.toml");
  EXPECT_EQ(config.model.head_width, 8);
  EXPECT_EQ(config.model.vocabulary, 256);
  EXPECT_EQ(config.training.schedule, sim::train::Schedule::cosine);
  EXPECT_EQ(config.training.accumulation, 2);
  EXPECT_EQ(config.record_every, 4);
  EXPECT_EQ(parse_train_config(to_toml(config), "again"), config);
  const std::string odd =
      to_toml(parse_train_config("[model]\nfamily = 'gpt'\nwidth = 4611686018427387904\n[data]\nvalidation = "
                                 "-0.0\n[training]\nlearning_rate = -nan\n",
                                 "t.toml"));
  EXPECT_EQ(to_toml(parse_train_config(odd, "again")), odd);
}

std::string error_of(const std::string& toml) {
  try {
    parse_train_config(toml, "t.toml");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(TrainConfig, RefusesKeysItDoesNotKnowWithTheNearest) {
  EXPECT_THAT(error_of(std::string(kModel) + "[training]\nstep = 3\n"),
              testing::AllOf(HasSubstr("t.toml:10: unknown key"), HasSubstr("did you mean 'training.steps'")));
}

TEST(TrainConfig, RefusesWordsItDoesNotKnowWithTheNearest) {
  EXPECT_THAT(error_of("[model]\nfamily = \"gtp\"\n"),
              testing::AllOf(HasSubstr("t.toml:2: family is"), HasSubstr("did you mean 'gpt'")));
}

TEST(TrainConfig, RefusesValuesOfAnotherType) {
  EXPECT_THAT(error_of("[model]\nlayers = -1\n"), HasSubstr("t.toml:2: layers must be an integer, 0 or more"));
  EXPECT_THAT(error_of("[model]\nlayers = \"two\"\n"), HasSubstr("t.toml:2: layers must be an integer, 0 or more"));
  EXPECT_THAT(error_of("[model]\nlayers = [1]\n"), HasSubstr("must be a number"));
}

TEST(TrainConfig, RefusesNoModelAndTwo) {
  EXPECT_THAT(error_of("[training]\nsteps = 3\n"), HasSubstr("[model] needs either"));
  EXPECT_THAT(error_of("[model]\nstart = \"x\"\nlayers = 2\n"), HasSubstr("[model] needs either"));
}

TEST(TrainConfig, RefusesTheActivationOfAnotherFamily) {
  EXPECT_THAT(error_of("[model]\nfamily = \"gpt\"\nactivation = \"silu\"\n"),
              HasSubstr("a gpt has activation gelu_tanh or gelu_erf, a llama silu"));
}

TEST(TrainConfig, RefusesAShareAboveOne) {
  EXPECT_THAT(error_of("[data]\nvalidation = 1.5\n[model]\nlayers = 1\n"),
              HasSubstr("validation is 1.5; give 0 to below 1"));
}

TEST(TrainConfig, RefusesWhatIsNoToml) { EXPECT_THAT(error_of("[model\n"), HasSubstr("not TOML")); }

}  // namespace
}  // namespace octavo::experiments
