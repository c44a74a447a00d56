// P1 Table 6: the interval of constant biases that fine-tuning bears: the FP16 accuracy is not missed, by size.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "experiments/studies/constant_bias.h"
#include "experiments/studies/every_study.h"
#include "experiments/studies/outcome.h"
#include "experiments/studies/recipes.h"

namespace octavo::experiments::studies {
namespace {

using store::BiasIntervalRow;
using store::ClaimRow;
using store::OutcomeRow;
using store::Tables;

/// The smallest bias that AMAX ever chose in a training run for a weight or an activation; store::kNoBias if it never
/// had a value to scale to.
std::int32_t smallest_bias(const Trained& amax) {
  std::optional<std::int32_t> smallest;
  for (std::size_t i = 0; i < amax.run.tensors.bias.size(); ++i)
    if (amax.axis[i % amax.axis.size()].role != scaling::Role::gradient && amax.run.tensors.bias[i] != store::kNoBias)
      smallest = std::min(smallest.value_or(amax.run.tensors.bias[i]), amax.run.tensors.bias[i]);
  return smallest.value_or(store::kNoBias);
}

/// `guess`: the interval found before this one, if any; then that of this size and seed.
void add_interval(Workshop& workshop, const Trained& start, std::uint64_t seed, std::optional<BiasInterval>& guess,
                  Tables& tables) {
  const Task& task = workshop.corpus().sentences;
  const auto settings = workshop.fine_tuning(start.size, seed);
  const Trained plain = workshop.fine_tuned(start, settings, fp16_baseline());
  const store::Run baseline = workshop.evaluate(plain, fp16_baseline(), task);
  const auto add = [&](const Trained& model, const store::Run& run, Policy policy, int bias) {
    store::OutcomeRow& row =
        tables.of<OutcomeRow>().emplace_back(outcome(Stage::fine_tuning, task, model, run, baseline));
    row.policy = policy;
    row.bias = bias;
    row.format = bias == store::kNoBias ? "fp16" : "e4m3fnuz";
    return row.to_baseline.verdict;
  };
  add(plain, baseline, Policy::baseline, store::kNoBias);
  std::map<int, Verdict> verdicts;
  const auto interval = find_interval(
      [&](int bias) {
        const Trained model = workshop.fine_tuned(start, settings, fp8_cscale(bias));
        verdicts[bias] = add(model, workshop.evaluate(model, fp8_cscale(bias), task), Policy::cscale, bias);
        return verdicts[bias] != Verdict::fails;
      },
      guess);
  guess = interval;
  tables.of<BiasIntervalRow>().push_back(interval_row(tables.of<OutcomeRow>().back(), interval, verdicts,
                                                      smallest_bias(workshop.fine_tuned(start, settings, fp8_amax()))));
}

void add_claim(const Workshop& workshop, Tables& tables) {
  std::string found;
  std::vector<Spread> widths;
  for (const ModelSize& size : workshop.sizes()) {
    const Spread width = spread(numbers(
        tables.of<BiasIntervalRow>(), [&](const auto& row) { return row.model == size.name; },
        [](const auto& row) { return row.biases; }));
    widths.push_back(width);
    found +=
        fmt::format("{}{}: {:.1f} +- {:.1f} biases", found.empty() ? "" : "; ", size.name, width.mean, width.deviation);
  }
  const auto wider = [](const Spread& a, const Spread& b) { return a.mean > b.mean; };
  const Spread& first = widths.front();
  const Spread& last = widths.back();
  const bool shrinks = std::is_sorted(widths.begin(), widths.end(), wider) &&
                       first.mean - last.mean > std::max(first.deviation, last.deviation);
  tables.of<ClaimRow>().push_back(
      {"P1 T6", "The interval of constant biases that fine-tuning bears shrinks with size",
       "the mean width over seeds never grows from size to size, and falls from first to last by "
       "more than either's deviation",
       found, shrinks});
}

Tables tables_of(Workshop& workshop) {
  workshop.expect(workshop.sizes().size() * (1 + 12 * workshop.seeds().size()));
  Tables tables;
  std::optional<BiasInterval> guess;
  for (const ModelSize& size : workshop.sizes()) {
    const Trained start = workshop.pretrained(size);
    for (const std::uint64_t seed : workshop.seeds()) add_interval(workshop, start, seed, guess, tables);
  }
  add_claim(workshop, tables);
  return tables;
}

}  // namespace

Study fine_tuning_interval() {
  return {"fine-tuning-interval", "P1 T6", "constant biases that fine-tuning bears, by size", "8", tables_of};
}

}  // namespace octavo::experiments::studies
