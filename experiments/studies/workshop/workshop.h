// Where the studies get trained models and evaluations from: computed once, kept in a cache, shared among studies.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "experiments/store/runs/run.h"
#include "experiments/store/runs/training_run.h"
#include "experiments/studies/workshop/cache.h"
#include "experiments/studies/workshop/corpus.h"
#include "experiments/studies/workshop/model_size.h"
#include "experiments/studies/workshop/settings.h"
#include "experiments/training/training.h"
#include "scaling/recipe/recipe.h"

namespace octavo::experiments::studies {

/// A model of the family after a training run.
struct Trained {
  ModelSize size;
  std::uint64_t seed = 0;
  scaling::Recipe recipe;
  std::string fingerprint;  ///< of everything that decided it
  std::shared_ptr<const sim::model::Weights> weights;
  store::TrainingRun run;               ///< `stopped` says why if it diverged
  std::vector<store::TensorName> axis;  ///< of run.tensors
};

struct WorkshopFlags {
  sim::model::Family family = sim::model::Family::gpt;
  Scale scale = Scale::standard;
  std::uint64_t seeds = 3;
  std::filesystem::path text;      ///< empty: the King James Bible
  std::filesystem::path labelled;  ///< likewise
  std::filesystem::path cache;     ///< folder, made if it is not there
};

/// Everything it computes is a function of flags and program, for any thread count. What is finished lies in the cache
/// under its fingerprint, whole or absent; long runs also leave checkpoints there. So a study that was killed goes on
/// where it stopped, and the next one starts from the same models.
class Workshop {
 public:
  using Progress = std::function<void(double, const std::string&)>;

  /// Throws Error if a text cannot be read, or the cache not be made.
  Workshop(const WorkshopFlags& flags, Progress progress);

  const Corpus& corpus() const { return corpus_; }
  const std::vector<ModelSize>& sizes() const { return sizes_; }
  const std::vector<std::uint64_t>& seeds() const { return seeds_; }
  Scale scale() const { return flags_.scale; }
  std::string family() const;

  /// Tells the progress line how many trainings and evaluations will be asked for.
  void expect(std::size_t pieces) { expected_ = pieces; }

  /// Of the text, in FP32, with seed 1; the same for every study.
  Trained pretrained(const ModelSize& size);

  /// What a training from scratch is besides size and recipe: a quarter of the pretraining's steps.
  sim::train::Settings from_scratch(const ModelSize& size, std::uint64_t seed) const {
    return from_scratch_settings(size, flags_.scale, seed);
  }

  /// A new model on the text under a recipe.
  Trained trained(const ModelSize& size, const sim::train::Settings& settings, const scaling::Recipe& recipe);

  /// What a fine-tuning is besides start and recipe.
  sim::train::Settings fine_tuning(const ModelSize& size, std::uint64_t seed) const {
    return fine_tuning_settings(size, flags_.scale, seed);
  }

  /// `start` on the sentences under a recipe; records the casts of forty of its steps.
  Trained fine_tuned(const Trained& start, const sim::train::Settings& settings, const scaling::Recipe& recipe);

  /// The scores of a task's held-out windows under a recipe, in micro-batches of 8 windows of the text or 32 sentences;
  /// and what the casts did, if `record`.
  store::Run evaluate(const Trained& model, const scaling::Recipe& recipe, const Task& task, bool record = false);

 private:
  Trained train(const ModelSize& size, const Windows& data, const std::string& start, TrainingTask task,
                const std::string& what);
  void report(double share_of_piece, const std::string& what) const;

  WorkshopFlags flags_;
  Progress progress_;
  Corpus corpus_;
  std::vector<ModelSize> sizes_;
  Cache cache_;
  std::vector<std::uint64_t> seeds_;
  std::size_t expected_ = 0;
  std::size_t done_ = 0;
};

}  // namespace octavo::experiments::studies
