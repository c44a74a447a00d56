// Training from flags to files.
#include "experiments/train.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "experiments/recorder.h"
#include "experiments/store/provenance.h"
#include "experiments/store/replacement.h"
#include "experiments/store/run_file.h"
#include "experiments/subject.h"
#include "experiments/train_config.h"
#include "formats/error.h"
#include "sim/gemm/engines.h"
#include "sim/model/initialise.h"
#include "sim/model/open.h"
#include "sim/text/byte_vocabulary.h"
#include "sim/text/file_bytes.h"
#include "sim/text/open.h"
#include "sim/text/read_text.h"
#include "sim/text/token_ids.h"
#include "sim/text/windows.h"
#include "sim/train/checkpoint.h"
#include "sim/train/trainer.h"

namespace octavo::experiments {
namespace {

namespace fs = std::filesystem;
using sim::text::Window;
using sim::train::StepResult;
using sim::train::Trainer;

/// What the flags name, opened.
struct Start {
  TrainConfig config;
  scaling::Recipe recipe;
  sim::model::Weights weights;
  std::vector<Window> training;
  std::vector<Window> validation;
  sim::train::CheckpointExtras extras;  ///< tokenizer and fingerprint
  store::Header header;
};

/// The tokenizer of the run, which its checkpoints get a copy of where it is one file.
std::unique_ptr<sim::text::Tokenizer> open_tokenizer(const TrainConfig& config, sim::model::ModelFile* start,
                                                     std::int64_t vocabulary, sim::train::CheckpointExtras& extras) {
  fs::path file = config.tokenizer;
  if (file.empty() && start != nullptr) file = start->tokenizer_path;
  if (!file.empty()) {
    extras.tokenizer_name = file.filename().string();
    extras.tokenizer = sim::text::file_bytes(file);
    return sim::text::open_tokenizer(file, vocabulary);
  }
  if (start != nullptr && start->vocabulary)
    return sim::text::make_tokenizer(std::move(*start->vocabulary), config.start.string());
  if (start != nullptr)
    throw Error(fmt::format("model {}: no tokenizer beside it; name one in [data] tokenizer", config.start.string()));
  if (vocabulary < 256)
    throw Error(
        fmt::format("[model] vocabulary is {}; the 256 bytes need 256, or name a tokenizer in [data]", vocabulary));
  extras.tokenizer_name = "tokenizer.json";
  extras.tokenizer = sim::text::byte_tokenizer_json();
  return sim::text::make_tokenizer(sim::text::byte_vocabulary(), "bytes");
}

void read_windows(const TrainFlags& flags, sim::model::ModelFile* file, Start& start) {
  const fs::path& source = flags.text.empty() ? flags.token_ids : flags.text;
  const sim::model::Config& model = start.weights.config;
  const std::int64_t context =
      start.config.context > 0 ? start.config.context : std::min<std::int64_t>(model.context, 256);
  if (context > model.context)
    throw Error(fmt::format("[data] context is {}; the model has {} positions", context, model.context));
  std::vector<sim::text::Document> documents;
  std::optional<std::int32_t> bos;
  if (flags.text.empty()) {
    documents = sim::text::read_token_ids(source, model.vocabulary);
  } else {
    const auto tokenizer = open_tokenizer(start.config, file, model.vocabulary, start.extras);
    documents = sim::text::encode_documents(*tokenizer, sim::text::read_text(source));
    bos = tokenizer->bos();
  }
  start.training =
      sim::text::evaluation_windows(documents, bos, context, std::numeric_limits<std::int64_t>::max(), source.string());
  const auto held_out =
      static_cast<std::ptrdiff_t>(start.config.validation * static_cast<double>(start.training.size()));
  start.validation.assign(start.training.end() - held_out, start.training.end());
  start.training.resize(start.training.size() - static_cast<std::size_t>(held_out));
  start.header.context = context;
  for (const Window& window : start.training) start.header.tokens += static_cast<std::int64_t>(window.target.size());
}

void describe(const TrainFlags& flags, const sim::model::ModelFile* file, const std::string& command, Start& start) {
  const fs::path& source = flags.text.empty() ? flags.token_ids : flags.text;
  store::Header& header = start.header;
  header.experiment = "train";
  header.command = command;
  header.seed = start.config.training.seed;
  header.engine = sim::gemm::make_engine(start.recipe.rule.gemm)->description();
  header.recipe_name = flags.recipe.empty() ? "none (fp32)" : flags.recipe.filename().string();
  header.recipe = scaling::to_toml(start.recipe);
  header.model_name = file != nullptr ? file->name : flags.config.filename().string();
  header.model_bytes = file != nullptr ? file->size : 0;
  header.model_header_sha256 =
      store::sha256(std::as_bytes(std::span(file != nullptr ? file->header : to_toml(start.config))));
  header.model_family = start.weights.config.family == sim::model::Family::gpt ? "gpt" : "llama";
  header.model_layers = start.weights.config.layers;
  header.model_parameters = static_cast<std::int64_t>(sim::train::copy_parameters(start.weights).values->size());
  header.text_name = source.filename().string();
  header.text_bytes = fs::file_size(source);
  header.text_sha256 = store::sha256_of_file(source);
  header.batch = start.config.training.batch;
  const std::vector<std::string> decisive{header.recipe,
                                          header.engine,
                                          to_toml(start.config),
                                          header.model_name,
                                          std::to_string(header.model_bytes),
                                          header.model_header_sha256,
                                          header.text_name,
                                          header.text_sha256,
                                          store::sha256(std::as_bytes(std::span(start.extras.tokenizer))),
                                          std::to_string(store::kSchemaVersion),
                                          header.program_version,
                                          header.git_commit};
  header.fingerprint = store::fingerprint(decisive);
  start.extras.fingerprint = header.fingerprint;
}

Start open_start(const TrainFlags& flags, const std::string& command) {
  if (flags.text.empty() == flags.token_ids.empty())
    throw Error(flags.text.empty() ? "no text; give --text FILE, or --token-ids FILE.npy"
                                   : "--text and --token-ids exclude each other; give one");
  Start start;
  start.config = read_train_config(flags.config);
  start.recipe = flags.recipe.empty() ? scaling::uncast(scaling::Baseline::fp32) : scaling::read_recipe(flags.recipe);
  std::optional<sim::model::ModelFile> file;
  if (start.config.start.empty()) {
    start.weights = sim::model::initialise(start.config.model, start.config.training.seed, flags.config.string());
  } else {
    file = sim::model::open(start.config.start);
    start.weights = file->weights;
  }
  read_windows(flags, file ? &*file : nullptr, start);
  describe(flags, file ? &*file : nullptr, command, start);
  return start;
}

/// The record of a run, which checkpoints carry so that a resumed run writes the same files.
class History {
 public:
  void add(const std::string& name, std::int64_t step, double value) {
    metrics_[name].first.push_back(static_cast<double>(step));
    metrics_[name].second.push_back(value);
  }
  void add(std::int64_t step, const std::vector<store::TensorRecord>& records) { traces_.append(step, records); }

  std::map<std::string, std::vector<double>> arrays() const {
    std::map<std::string, std::vector<double>> result;
    for (const auto& [name, points] : metrics_) {
      result["metric." + name + ".step"] = points.first;
      result["metric." + name + ".value"] = points.second;
    }
    visit(traces_, [&](const std::string& name, const auto& values) {
      result["tensors." + name].assign(values.begin(), values.end());
    });
    return result;
  }

  explicit History(const std::map<std::string, std::vector<double>>& arrays) {
    for (const auto& [name, values] : arrays) {
      constexpr std::string_view before = "metric.", step = ".step", value = ".value";
      if (!name.starts_with(before)) continue;
      if (name.ends_with(step))
        metrics_[name.substr(before.size(), name.size() - before.size() - step.size())].first = values;
      else if (name.ends_with(value))
        metrics_[name.substr(before.size(), name.size() - before.size() - value.size())].second = values;
    }
    visit(traces_, [&]<class T>(const std::string& name, std::vector<T>& values) {
      const auto found = arrays.find("tensors." + name);
      if (found == arrays.end()) return;
      for (const double number : found->second) values.push_back(static_cast<T>(number));
    });
  }

  store::TrainingRun run() const {
    store::TrainingRun result;
    for (const auto& [name, points] : metrics_) {
      store::Metric metric{name, {}, points.second};
      for (const double step : points.first) metric.step.push_back(static_cast<std::int64_t>(step));
      result.metrics.push_back(std::move(metric));
    }
    result.tensors = traces_;
    return result;
  }

  /// One JSON object a step, metrics by name.
  std::string lines() const {
    std::map<std::int64_t, nlohmann::ordered_json> by_step;
    for (const auto& [name, points] : metrics_)
      for (std::size_t i = 0; i < points.first.size(); ++i) {
        const auto step = static_cast<std::int64_t>(points.first[i]);
        by_step[step]["step"] = step;
        by_step[step][name] = points.second[i];
      }
    std::string text;
    for (const auto& [step, object] : by_step) text += object.dump() + "\n";
    return text;
  }

 private:
  template <class Traces, class Visitor>
  static void visit(Traces& traces, Visitor&& f) {
    f("step", traces.step);
    f("bias", traces.bias);
    f("amax", traces.amax);
    f("snr_db", traces.snr_db);
    f("underflow_fraction", traces.underflow_fraction);
    f("overflow_fraction", traces.overflow_fraction);
    f("elements", traces.elements);
  }

  std::map<std::string, std::pair<std::vector<double>, std::vector<double>>> metrics_;
  store::TensorTraces traces_;
};

/// The metrics as lines of JSON that can be followed while the run goes on.
class Log {
 public:
  Log(fs::path path, const History& history) : path_(std::move(path)), stream_(path_, std::ios::trunc) {
    write(history.lines());
  }
  void write(const std::string& lines) {
    stream_ << lines << std::flush;
    if (!stream_)
      throw Error(
          fmt::format("cannot write {}: check the free space and the permissions of its folder", path_.string()));
  }

 private:
  fs::path path_;
  std::ofstream stream_;
};

std::string message_of(const sim::train::Divergence& divergence) {
  if (divergence.tensor == "loss")
    return fmt::format("training diverged in step {}: loss {} is beyond three times that of guessing", divergence.step,
                       divergence.loss);
  return fmt::format("training diverged in step {}: {} ({}{}) is the first tensor that is not finite", divergence.step,
                     divergence.tensor, divergence.role,
                     divergence.layer >= 0 ? fmt::format(", layer {}", divergence.layer) : "");
}

void write_run_file(const TrainFlags& flags, const Start& start, const TensorAxis& axis,
                    const store::TrainingRun& run) {
  store::remove_leftovers(store::folder_of(flags.out), flags.out.filename().string());
  store::Replacement replacement(flags.out);
  store::RunWriter writer(replacement, start.header, axis.names());
  writer.add(run);
  writer.finish({});
  replacement.commit();
}

/// Due every so many steps, and never if `every` is 0.
bool due(std::int64_t step, std::int64_t every) { return every > 0 && step % every == 0; }

fs::path log_path(const fs::path& out) { return fs::path(out).replace_extension(".jsonl"); }

}  // namespace

TrainResult train(const TrainFlags& flags, const std::string& command, const TrainProgress& progress) {
  if (flags.out.empty() || flags.checkpoint.empty()) throw Error("give --out RUN.h5 and --checkpoint FOLDER");
  store::check_destination(flags.out, flags.force    ? store::Existing::force
                                      : flags.resume ? store::Existing::resume
                                                     : store::Existing::refuse);
  const std::optional<fs::path> newest = sim::train::newest_checkpoint(flags.checkpoint);
  if (newest && !flags.resume)
    throw Error(fmt::format("{} exists already; go on from it with --resume, or choose another --checkpoint",
                            newest->string()));
  Start start = open_start(flags, command);
  const TrainConfig& config = start.config;
  Trainer trainer(start.weights, config.training, start.recipe, start.training);
  History history(newest ? sim::train::read_checkpoint(*newest, trainer, start.extras.fingerprint)
                         : std::map<std::string, std::vector<double>>());
  Log log(log_path(flags.out), history);
  const TensorAxis axis(start.weights.config, start.recipe, kTrainingRoles);

  TrainResult result;
  result.checkpoint = newest.value_or(fs::path());
  std::string stopped;
  while (trainer.state().step < config.training.steps && stopped.empty()) {
    const std::int64_t step = trainer.state().step;
    std::optional<Recorder> recorder;
    if (!axis.names().empty() && due(step, config.record_every)) recorder.emplace(axis, "*");
    const StepResult found = trainer.step(recorder ? &*recorder : nullptr);
    const std::int64_t done = step + 1;
    History line({});
    const auto note = [&](const std::string& name, double value) {
      history.add(name, step, value);
      line.add(name, step, value);
    };
    note("loss", found.loss);
    note("gradient_norm", found.gradient_norm);
    note("learning_rate", found.learning_rate);
    note("loss_scale", found.loss_scale);
    note("skipped", found.skipped ? 1.0 : 0.0);
    if (recorder) history.add(step, recorder->records());
    if (found.divergence) stopped = message_of(*found.divergence);
    const bool last = done == config.training.steps;
    if (stopped.empty() && !start.validation.empty() && (last || due(done, config.validate_every)))
      note("validation_loss", trainer.evaluate(start.validation));
    log.write(line.lines());
    if (stopped.empty() && (last || due(done, config.checkpoint_every))) {
      start.extras.arrays = history.arrays();
      result.checkpoint = sim::train::write_checkpoint(flags.checkpoint, trainer, start.extras);
    }
    progress(static_cast<double>(done) / static_cast<double>(config.training.steps),
             fmt::format("step {}, loss {:.4f}", done, found.loss));
  }
  result.header = start.header;
  result.run = history.run();
  result.run.policy = start.recipe == scaling::uncast(start.recipe.baseline) ? "baseline" : "recipe";
  result.run.stopped = stopped;
  result.run.micro_batches = config.training.accumulation;
  write_run_file(flags, start, axis, result.run);
  if (!stopped.empty())
    throw Error(fmt::format("{}; lower the learning rate or scale the loss; {} says so and {}", stopped,
                            flags.out.string(),
                            result.checkpoint.empty() ? "there is no checkpoint yet"
                                                      : "the last checkpoint is " + result.checkpoint.string()));
  return result;
}

std::string train_text(const TrainResult& result) {
  std::string text =
      fmt::format("{} parameters, {} training tokens\n", result.header.model_parameters, result.header.tokens);
  for (const store::Metric& metric : result.run.metrics)
    if (!metric.value.empty() && (metric.name == "loss" || metric.name == "validation_loss"))
      text += fmt::format("{}: {:.6f} nats a token after {} steps\n", metric.name, metric.value.back(),
                          metric.step.back() + 1);
  return text + fmt::format("model: {}\n", result.checkpoint.string());
}

std::string train_json(const TrainResult& result) {
  nlohmann::ordered_json json{{"parameters", result.header.model_parameters}, {"tokens", result.header.tokens}};
  for (const store::Metric& metric : result.run.metrics)
    if (!metric.value.empty()) json[metric.name] = metric.value.back();
  json["checkpoint"] = result.checkpoint.string();
  return json.dump(1) + "\n";
}

}  // namespace octavo::experiments
