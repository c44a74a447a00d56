// Baselines first, then recipes.
#include "experiments/evaluation/eval/compare_recipes.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "experiments/evaluation/eval/divergence.h"
#include "experiments/evaluation/eval/every_tensor.h"
#include "sim/nn/elementwise/elementary.h"

namespace octavo::experiments {
namespace {

using sim::model::Transformer;
using store::Policy;

/// A model without casts in one baseline type.
struct Uncast {
  std::size_t run = 0;
  Streams streams;
};

class Comparing {
 public:
  Comparing(const Subject& subject, const std::vector<NamedRecipe>& recipes, const TensorAxis& axis,
            const EvalFlags& flags, const Progress& progress)
      : subject_(subject),
        recipes_(recipes),
        axis_(axis),
        flags_(flags),
        progress_(progress),
        model_(subject.weights),
        passes_(recipes.size() + std::max<std::size_t>(1, types(recipes))) {}

  EvalResult run() {
    if (recipes_.empty()) add_baseline(scaling::Baseline::fp32);
    for (const NamedRecipe& named : recipes_) {
      const scaling::Baseline type = named.recipe.baseline;
      if (!uncast_.contains(type)) uncast_.emplace(type, add_baseline(type));
      add_recipe(named, uncast_.at(type));
    }
    return std::move(result_);
  }

 private:
  static std::size_t types(const std::vector<NamedRecipe>& recipes) {
    std::map<scaling::Baseline, bool> found;
    for (const NamedRecipe& named : recipes) found[named.recipe.baseline] = true;
    return found.size();
  }

  Uncast add_baseline(scaling::Baseline type) {
    const NamedRecipe named{"", scaling::uncast(type)};
    Uncast uncast;
    uncast.run = result_.runs.size();
    add(named, Policy::baseline, uncast.run, [&](sim::nn::CastObserver* observer, const Advance& advance) {
      return score_and_keep(model_, subject_, observer, recipes_.empty() ? nullptr : &uncast.streams, advance);
    });
    return uncast;
  }

  void add_recipe(const NamedRecipe& named, const Uncast& uncast) {
    add(named, Policy::recipe, uncast.run, [&](sim::nn::CastObserver* observer, const Advance& advance) {
      return score_beside(model_, subject_, uncast.streams, observer, advance);
    });
  }

  /// Applies the recipe, runs `scored` and appends run and row.
  template <class Scored>
  void add(const NamedRecipe& named, Policy policy, std::size_t baseline, const Scored& scored) {
    const std::string what = named.name.empty() ? "without casts" : named.name;
    const auto done = static_cast<double>(result_.runs.size());
    const auto all = static_cast<double>(passes_);
    progress_(done / all, what);
    model_.apply(named.recipe);
    const Advance advance = [&](double share) { progress_((done + share) / all, what); };
    Pass pass;
    std::vector<store::TensorRecord> records;
    if (flags_.every_tensor) {
      EveryTensor observer(axis_, subject_, named.recipe);
      model_.observe_weights(observer);
      pass = scored(&observer, advance);
      records = observer.records();
    } else {
      Recorder observer(axis_, "*");
      model_.observe_weights(observer);
      pass = scored(&observer, advance);
      records = observer.records();
    }
    store::Run& run = result_.runs.emplace_back(run_of(pass.scores, subject_, nullptr));
    run.policy = policy;
    run.tensors = std::move(records);
    run.token_kl = std::move(pass.divergence.kl);
    run.token_agrees = std::move(pass.divergence.agrees);
    result_.non_finite.push_back(count_non_finite(run.tensors, axis_.names(), run.token_loss));
    add_row(named, run, baseline);
  }

  void add_row(const NamedRecipe& named, const store::Run& run, std::size_t baseline) {
    store::EvalRow row;
    row.recipe = named.name;
    row.baseline = named.recipe.baseline;
    row.policy = run.policy;
    row.loss = run.loss;
    row.perplexity = sim::nn::exp(run.loss);
    row.accuracy = run.accuracy;
    row.criterion = flags_.criterion;
    row.to_baseline = compare(run, result_.runs[baseline], flags_.criterion);
    const auto first = std::ranges::find(result_.runs, Policy::recipe, &store::Run::policy);
    row.to_first = compare(run, first == result_.runs.end() ? run : *first, flags_.criterion);
    const auto tokens = static_cast<double>(run.token_kl.size());
    if (!run.token_kl.empty()) {
      for (const float kl : run.token_kl) row.kl += static_cast<double>(kl) / tokens;
      double deviations = 0.0;
      for (const float kl : run.token_kl)
        deviations += (static_cast<double>(kl) - row.kl) * (static_cast<double>(kl) - row.kl);
      row.kl_se = std::sqrt(deviations / (tokens - 1.0) / tokens);
      row.top1_agreement = static_cast<double>(std::ranges::count(run.token_agrees, 1)) / tokens;
    }
    row.tokens = static_cast<std::int64_t>(run.token_loss.size());
    row.run = static_cast<std::int32_t>(result_.rows.size());
    result_.rows.push_back(row);
  }

  const Subject& subject_;
  const std::vector<NamedRecipe>& recipes_;
  const TensorAxis& axis_;
  const EvalFlags& flags_;
  const Progress& progress_;
  Transformer<float> model_;
  std::size_t passes_;
  std::map<scaling::Baseline, Uncast> uncast_;
  EvalResult result_;
};

}  // namespace

EvalResult compare_recipes(const Subject& subject, const std::vector<NamedRecipe>& recipes, const TensorAxis& axis,
                           const EvalFlags& flags, const Progress& progress) {
  return Comparing(subject, recipes, axis, flags, progress).run();
}

}  // namespace octavo::experiments
