// Training, evaluating, and remembering both.
#include "experiments/studies/workshop/workshop.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "experiments/evaluation/evaluate.h"
#include "experiments/store/replacement.h"
#include "experiments/store/runs/fingerprint.h"
#include "experiments/store/runs/part_file.h"
#include "messages/error.h"
#include "sim/gemm/catalog/engines.h"
#include "sim/model/initialise.h"
#include "sim/model/open/open.h"

namespace octavo::experiments::studies {
namespace {

namespace fs = std::filesystem;
using sim::train::Settings;

constexpr std::int64_t kCheckpointEvery = 200;  // steps; the state of a long run, to go on from
constexpr const char* kState = "training.safetensors";

std::string text_of(const Settings& settings) {
  std::string text;
  Settings::visit(settings, [&]<class T>(const char* name, const T& member) {
    if constexpr (std::is_enum_v<T>)
      text += fmt::format("{} {}\n", name, static_cast<int>(member));
    else
      text += fmt::format("{} {}\n", name, member);
  });
  return text;
}

/// What `read` finds in the part, if it is there, whole, and that of the fingerprint.
template <class Read>
auto remembered(const fs::path& part, const std::string& fingerprint, const Read& read)
    -> std::optional<decltype(read())> {
  std::error_code failed;
  if (!fs::exists(part, failed)) return std::nullopt;
  try {
    if (store::part_fingerprint(part) == fingerprint) return read();
  } catch (const Error&) {  // damaged: compute it again
  }
  return std::nullopt;
}

/// Trains to the end from the newest checkpoint in `folder`, and leaves the model there. Returns its folder.
fs::path train_in(const fs::path& folder, Training& training, const std::string& fingerprint,
                  const std::function<void(double)>& progress) {
  std::optional<fs::path> newest = sim::train::newest_checkpoint(folder);
  std::error_code failed;
  if (newest && !fs::exists(*newest / kState, failed)) {
    fs::remove_all(folder, failed);
    newest.reset();
  }
  if (newest) training.restore(*newest, fingerprint);
  sim::train::CheckpointExtras extras;
  extras.fingerprint = fingerprint;
  while (!training.finished()) {
    training.step();
    if (training.steps_done() % kCheckpointEvery == 0) newest = training.save(folder, extras);
    progress(training.share());
  }
  newest = training.save(folder, extras);
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.path() != *newest) fs::remove_all(entry.path(), failed);
  return *newest;
}

/// What trainings on the text have in common.
Settings on_text(const ModelSize& size, Scale scale, std::int64_t steps, std::uint64_t seed) {
  Settings settings;
  settings.seed = seed;
  settings.steps = steps;
  settings.batch = scale == Scale::tiny ? 4 : 16;
  settings.learning_rate = size.learning_rate;
  settings.schedule = sim::train::Schedule::cosine;
  settings.beta2 = 0.99;
  settings.weight_decay = 0.1;
  settings.clip = 1.0;
  return settings;
}

}  // namespace

Workshop::Workshop(const WorkshopFlags& flags, Progress progress)
    : flags_(flags),
      progress_(std::move(progress)),
      corpus_(open_corpus(flags.text, flags.labelled, flags.scale)),
      sizes_(model_sizes(flags.family, flags.scale)) {
  for (std::uint64_t seed = 1; seed <= flags.seeds; ++seed) seeds_.push_back(seed);
  std::error_code code;
  fs::create_directories(flags_.cache, code);
  if (code) throw Error(fmt::format("cannot make {}: {}; give another --cache", flags_.cache.string(), code.message()));
  store::remove_leftovers(flags_.cache);
}

std::string Workshop::family() const { return flags_.family == sim::model::Family::gpt ? "gpt" : "llama"; }

void Workshop::report(double share_of_piece, const std::string& what) const {
  const double total = std::max<double>(static_cast<double>(expected_), static_cast<double>(done_) + 1.0);
  progress_((static_cast<double>(done_) + share_of_piece) / total, what);
}

Trained Workshop::train(const ModelSize& size, const Windows& data, const std::string& start, TrainingTask task,
                        const std::string& what) {
  const std::string fingerprint = store::fingerprint(
      {"training", start, data.sha256, text_of(task.settings), scaling::to_toml(task.recipe),
       sim::gemm::make_engine(task.recipe.rule.gemm)->description(), std::to_string(task.record_every)});
  const fs::path part = flags_.cache / (fingerprint + ".h5");
  const fs::path folder = flags_.cache / fingerprint;
  Trained result{size, task.settings.seed, task.recipe, fingerprint, nullptr, {}, {}};
  result.axis = TensorAxis(size.config, task.recipe, kTrainingRoles).names();
  task.training = data.windows;
  report(0.0, what);
  const auto model = sim::train::newest_checkpoint(folder);
  auto run = remembered(part, fingerprint, [&] { return store::read_training_part(part); });
  if (run && model) {
    result.run = std::move(*run);
    result.weights = std::make_shared<sim::model::Weights>(sim::model::open(*model).weights);
  } else {
    Training training(std::move(task));
    const fs::path checkpoint = train_in(folder, training, fingerprint, [&](double share) { report(share, what); });
    result.run = training.run();
    store::write_training_part(part, fingerprint, result.run);
    std::error_code failed;
    fs::remove(checkpoint / kState, failed);  // the run is over
    result.weights = training.weights();
  }
  ++done_;
  return result;
}

Trained Workshop::pretrained(const ModelSize& size) {
  Settings settings = on_text(size, flags_.scale, size.pretraining_steps, 1);
  settings.warmup = settings.steps / 20;
  TrainingTask task{.weights = sim::model::initialise(size.config, settings.seed, size.name),
                    .settings = settings,
                    .recipe = scaling::uncast(scaling::Baseline::fp32),
                    .training = {},
                    .validation = {}};
  return train(size, corpus_.text.training, size.name, std::move(task), "pretraining " + size.name);
}

Settings Workshop::from_scratch(const ModelSize& size, std::uint64_t seed) const {
  Settings settings = on_text(size, flags_.scale, size.pretraining_steps / 4, seed);
  settings.warmup = settings.steps / 10;
  settings.loss_scaling = sim::train::LossScaling::constant;
  settings.loss_scale = 1024.0;
  return settings;
}

Trained Workshop::trained(const ModelSize& size, const Settings& settings, const scaling::Recipe& recipe) {
  TrainingTask task{.weights = sim::model::initialise(size.config, settings.seed, size.name),
                    .settings = settings,
                    .recipe = recipe,
                    .training = {},
                    .validation = {}};
  return train(size, corpus_.text.training, size.name, std::move(task),
               fmt::format("{} from scratch, seed {}", size.name, settings.seed));
}

Settings Workshop::fine_tuning(const ModelSize& size, std::uint64_t seed) const {
  Settings settings;
  settings.seed = seed;
  settings.steps = size.fine_tuning_steps;
  settings.batch = flags_.scale == Scale::tiny ? 4 : 32;
  settings.learning_rate = size.learning_rate;
  settings.schedule = sim::train::Schedule::cosine;
  settings.warmup = settings.steps / 10;
  settings.beta2 = 0.99;
  settings.loss_scaling = sim::train::LossScaling::constant;
  settings.loss_scale = 1024.0;
  return settings;
}

Trained Workshop::fine_tuned(const Trained& start, const Settings& settings, const scaling::Recipe& recipe) {
  TrainingTask task{.weights = *start.weights,
                    .settings = settings,
                    .recipe = recipe,
                    .training = {},
                    .validation = {},
                    .record_every = std::max<std::int64_t>(1, settings.steps / 40)};
  return train(start.size, corpus_.sentences.training, start.fingerprint, std::move(task),
               fmt::format("fine-tuning {}, seed {}", start.size.name, settings.seed));
}

store::Run Workshop::evaluate(const Trained& model, const scaling::Recipe& recipe, const Task& task, bool record) {
  const std::string what = fmt::format("{} on {}", model.size.name, task.name);
  const std::string fingerprint =
      store::fingerprint({"evaluation", model.fingerprint, task.held_out.sha256, scaling::to_toml(recipe),
                          sim::gemm::make_engine(recipe.rule.gemm)->description(), record ? "recorded" : ""});
  const fs::path part = flags_.cache / (fingerprint + ".h5");
  report(0.0, what);
  auto run = remembered(part, fingerprint, [&] { return store::read_part(part, 0); });
  if (!run) {
    Subject subject;
    subject.weights = model.weights;
    subject.micro_batches = sim::model::micro_batches(task.held_out.windows, &task == &corpus_.text ? 8 : 32);
    subject.tokens = task.held_out.scored();
    run = experiments::evaluate(subject, recipe, TensorAxis(model.size.config, recipe), record,
                                [&](double share, const std::string&) { report(share, what); });
    store::write_part(part, fingerprint, 0, *run);
  }
  ++done_;
  return std::move(*run);
}

}  // namespace octavo::experiments::studies
