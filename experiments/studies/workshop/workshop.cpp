// Training, evaluating, and remembering both.
#include "experiments/studies/workshop/workshop.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "experiments/evaluation/evaluate.h"
#include "experiments/store/runs/fingerprint.h"
#include "experiments/studies/workshop/settings.h"
#include "sim/gemm/catalog/engines.h"
#include "sim/model/initialise.h"

namespace octavo::experiments::studies {

using sim::train::Settings;

Workshop::Workshop(const WorkshopFlags& flags, Progress progress)
    : flags_(flags),
      progress_(std::move(progress)),
      corpus_(open_corpus(flags.text, flags.labelled, flags.scale)),
      sizes_(model_sizes(flags.family, flags.scale)),
      cache_(flags.cache) {
  for (std::uint64_t seed = 1; seed <= flags.seeds; ++seed) seeds_.push_back(seed);
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
  Trained result{size, task.settings.seed, task.recipe, fingerprint, nullptr, {}, {}};
  result.axis = TensorAxis(size.config, task.recipe, kTrainingRoles).names();
  task.training = data.windows;
  report(0.0, what);
  auto run = cache_.training(fingerprint);
  if (run) result.weights = cache_.model(fingerprint);
  if (result.weights) {
    result.run = std::move(*run);
  } else {
    Training training(std::move(task));
    cache_.train(fingerprint, training, [&](double share) { report(share, what); });
    result.run = training.run();
    result.weights = training.weights();
  }
  ++done_;
  return result;
}

Trained Workshop::pretrained(const ModelSize& size) {
  const Settings settings = pretraining_settings(size, flags_.scale);
  TrainingTask task{.weights = sim::model::initialise(size.config, settings.seed, size.name),
                    .settings = settings,
                    .recipe = scaling::uncast(scaling::Baseline::fp32),
                    .training = {},
                    .validation = {}};
  return train(size, corpus_.text.training, size.name, std::move(task), "pretraining " + size.name);
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
  report(0.0, what);
  auto run = cache_.evaluation(fingerprint);
  if (!run) {
    Subject subject;
    subject.weights = model.weights;
    subject.micro_batches = sim::model::micro_batches(task.held_out.windows, &task == &corpus_.text ? 8 : 32);
    subject.tokens = task.held_out.scored();
    run = experiments::evaluate(subject, recipe, TensorAxis(model.size.config, recipe), record,
                                [&](double share, const std::string&) { report(share, what); });
    cache_.keep(fingerprint, *run);
  }
  ++done_;
  return std::move(*run);
}

}  // namespace octavo::experiments::studies
