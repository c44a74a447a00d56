// P1 Table 5: fine-tuning in FP16 and under FP8-AMAX, from the same start, by seed.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/studies/every_study.h"
#include "experiments/studies/outcome.h"
#include "experiments/studies/recipes.h"

namespace octavo::experiments::studies {
namespace {

using store::ClaimRow;
using store::OutcomeRow;
using store::Tables;

void add_claims(const Workshop& workshop, Tables& tables) {
  bool accurate = true, same_loss = true;
  std::string accuracies, losses;
  for (const ModelSize& size : workshop.sizes()) {
    const auto of = [&](Policy policy) {
      return [&size, policy](const store::OutcomeRow& row) { return row.model == size.name && row.policy == policy; };
    };
    const auto accuracy = [](const store::OutcomeRow& row) { return row.accuracy; };
    const auto loss = [](const store::OutcomeRow& row) { return row.loss; };
    const Spread base_accuracy = spread(numbers(tables.of<OutcomeRow>(), of(Policy::baseline), accuracy));
    const Spread amax_accuracy = spread(numbers(tables.of<OutcomeRow>(), of(Policy::amax), accuracy));
    const Spread base_loss = spread(numbers(tables.of<OutcomeRow>(), of(Policy::baseline), loss));
    const Spread amax_loss = spread(numbers(tables.of<OutcomeRow>(), of(Policy::amax), loss));
    accurate = accurate && amax_accuracy.mean >= kAccuracyLimit * base_accuracy.mean;
    same_loss = same_loss && std::fabs(amax_loss.mean - base_loss.mean) <= base_loss.deviation;
    const char* comma = accuracies.empty() ? "" : "; ";
    accuracies += fmt::format("{}{}: {:.4f} +- {:.4f} against {:.4f} +- {:.4f}", comma, size.name, amax_accuracy.mean,
                              amax_accuracy.deviation, base_accuracy.mean, base_accuracy.deviation);
    losses += fmt::format("{}{}: {:.4f} +- {:.4f} against {:.4f} +- {:.4f}", comma, size.name, amax_loss.mean,
                          amax_loss.deviation, base_loss.mean, base_loss.deviation);
  }
  tables.of<ClaimRow>().push_back({"P1 T5", "Fine-tuning under FP8-AMAX reaches the FP16 accuracy",
                                   "mean accuracy over seeds at least 0.995 of the baseline's, at every size",
                                   accuracies, accurate});
  tables.of<ClaimRow>().push_back(
      {"P1 T5", "Fine-tuning under FP8-AMAX reaches the baseline's final loss",
       "means of the held-out loss differ by at most the baseline's standard deviation over seeds, "
       "at every size",
       losses, same_loss});
}

Tables tables_of(Workshop& workshop) {
  workshop.expect(workshop.sizes().size() * (1 + 4 * workshop.seeds().size()));
  Tables tables;
  const Task& task = workshop.corpus().sentences;
  for (const ModelSize& size : workshop.sizes()) {
    const Trained start = workshop.pretrained(size);
    for (const std::uint64_t seed : workshop.seeds()) {
      const Trained plain = workshop.fine_tuned(start, workshop.fine_tuning(size, seed), fp16_baseline());
      const Trained cast = workshop.fine_tuned(start, workshop.fine_tuning(size, seed), fp8_amax());
      const store::Run baseline = workshop.evaluate(plain, fp16_baseline(), task);
      const store::Run amax = workshop.evaluate(cast, fp8_amax(), task);
      store::OutcomeRow& first =
          tables.of<OutcomeRow>().emplace_back(outcome(Stage::fine_tuning, task, plain, baseline, baseline));
      first.policy = Policy::baseline;
      first.format = "fp16";
      store::OutcomeRow& second =
          tables.of<OutcomeRow>().emplace_back(outcome(Stage::fine_tuning, task, cast, amax, baseline));
      second.policy = Policy::amax;
      second.format = "e4m3fnuz";
    }
  }
  add_claims(workshop, tables);
  return tables;
}

}  // namespace

Study fine_tuning() { return {"fine-tuning", "P1 T5", "fine-tuning under AMAX against FP16", "4", tables_of}; }

}  // namespace octavo::experiments::studies
