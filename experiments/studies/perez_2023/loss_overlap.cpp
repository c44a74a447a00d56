// P1 Figure 10: the curves of the training loss in FP16 and under FP8-AMAX, from scratch, by seed.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/studies/every_study.h"
#include "experiments/studies/outcome.h"
#include "experiments/studies/recipes.h"

namespace octavo::experiments::studies {
namespace {

using store::ClaimRow;
using store::LossCurveRow;
using store::OutcomeRow;
using store::Tables;

void add_curve(const Trained& model, Policy policy, Tables& tables) {
  for (const store::Metric& metric : model.run.metrics)
    for (std::size_t i = 0; metric.name == "loss" && i < metric.value.size(); ++i)
      tables.of<LossCurveRow>().push_back(
          {model.size.name, static_cast<std::int64_t>(model.seed), policy, metric.step[i], metric.value[i]});
}

/// The mean loss of the last tenth of the steps of one curve.
double last_tenth(const Tables& tables, const ModelSize& size, std::uint64_t seed, Policy policy) {
  std::vector<double> curve;
  for (const store::LossCurveRow& row : tables.of<LossCurveRow>())
    if (row.model == size.name && row.seed == static_cast<std::int64_t>(seed) && row.policy == policy)
      curve.push_back(row.loss);
  return spread(std::span(curve).last((curve.size() + 9) / 10)).mean;
}

void add_claims(const Workshop& workshop, Tables& tables) {
  bool overlaps = true, same_end = true;
  std::string differences, ends;
  for (const ModelSize& size : workshop.sizes()) {
    std::vector<double> plain, cast, paired;
    for (const std::uint64_t seed : workshop.seeds()) {
      plain.push_back(last_tenth(tables, size, seed, Policy::baseline));
      cast.push_back(last_tenth(tables, size, seed, Policy::amax));
      paired.push_back(std::fabs(cast.back() - plain.back()));
    }
    const double largest = *std::max_element(paired.begin(), paired.end());
    const Spread base = spread(plain);
    overlaps = overlaps && largest <= base.deviation;
    const auto held_out = [&](Policy policy) {
      return spread(numbers(
          tables.of<OutcomeRow>(), [&](const auto& row) { return row.model == size.name && row.policy == policy; },
          [](const auto& row) { return row.loss; }));
    };
    const Spread base_end = held_out(Policy::baseline), amax_end = held_out(Policy::amax);
    same_end = same_end && std::fabs(amax_end.mean - base_end.mean) <= base_end.deviation;
    const char* comma = ends.empty() ? "" : "; ";
    differences += fmt::format("{}{}: largest {:.4f}, deviation {:.4f}", comma, size.name, largest, base.deviation);
    ends += fmt::format("{}{}: {:.4f} +- {:.4f} against {:.4f} +- {:.4f}", comma, size.name, amax_end.mean,
                        amax_end.deviation, base_end.mean, base_end.deviation);
  }
  tables.of<ClaimRow>().push_back(
      {"P1 Fig. 10", "The loss curves of FP16 and FP8-AMAX overlap",
       "over the last tenth of the steps their means differ by at most the baseline's standard "
       "deviation over seeds, for every size and seed",
       differences, overlaps});
  tables.of<ClaimRow>().push_back(
      {"P1 Fig. 10", "FP8-AMAX reaches the baseline's final loss",
       "means of the held-out loss differ by at most the baseline's standard deviation over seeds, "
       "at every size",
       ends, same_end});
}

Tables tables_of(Workshop& workshop) {
  workshop.expect(4 * workshop.sizes().size() * workshop.seeds().size());
  Tables tables;
  const Task& task = workshop.corpus().text;
  for (const ModelSize& size : workshop.sizes())
    for (const std::uint64_t seed : workshop.seeds()) {
      const Trained plain = workshop.trained(size, workshop.from_scratch(size, seed), fp16_baseline());
      const Trained cast = workshop.trained(size, workshop.from_scratch(size, seed), fp8_amax());
      add_curve(plain, Policy::baseline, tables);
      add_curve(cast, Policy::amax, tables);
      const store::Run baseline = workshop.evaluate(plain, fp16_baseline(), task);
      store::OutcomeRow& first =
          tables.of<OutcomeRow>().emplace_back(outcome(Stage::training, task, plain, baseline, baseline));
      first.policy = Policy::baseline;
      first.format = "fp16";
      const store::Run amax = workshop.evaluate(cast, fp8_amax(), task);
      store::OutcomeRow& second =
          tables.of<OutcomeRow>().emplace_back(outcome(Stage::training, task, cast, amax, baseline));
      second.policy = Policy::amax;
      second.format = "e4m3fnuz";
    }
  add_claims(workshop, tables);
  return tables;
}

}  // namespace

Study loss_overlap() {
  return {"loss-overlap", "P1 Fig. 10", "training from scratch under AMAX against FP16", "4", tables_of};
}

}  // namespace octavo::experiments::studies
