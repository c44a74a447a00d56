// P1 Tables 2 and 3, Figure 5: inference under FP8-AMAX and under constant biases, of models trained in FP16 and FP32.
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

/// One model on one task: baseline, AMAX, and the constant biases that are asked for.
class Point {
 public:
  Point(Workshop& workshop, const Trained& model, const Task& task, Tables& tables)
      : workshop_(workshop), model_(model), task_(task), tables_(tables) {
    baseline_ = workshop.evaluate(model, fp16_baseline(), task);
    add(Policy::baseline, store::kNoBias, baseline_);
    const store::Run amax = workshop.evaluate(model, fp8_amax(), task, true);
    add(Policy::amax, store::kNoBias, amax);
    for (const store::TensorRecord& record : amax.tensors)
      if (record.bias != store::kNoBias) smallest_ = std::min(smallest_.value_or(record.bias), record.bias);
  }

  /// Whether the bias does not fail.
  bool bears(int bias) {
    if (!verdicts_.contains(bias))
      verdicts_[bias] =
          add(Policy::cscale, bias, workshop_.evaluate(model_, fp8_cscale(bias), task_)).to_baseline.verdict;
    return verdicts_[bias] != Verdict::fails;
  }

  void add_interval() {
    const auto interval = find_interval([&](int bias) { return bears(bias); });
    tables_.of<BiasIntervalRow>().push_back(
        interval_row(tables_.of<OutcomeRow>().back(), interval, verdicts_, smallest_.value_or(store::kNoBias)));
  }

 private:
  const store::OutcomeRow& add(Policy policy, int bias, const store::Run& run) {
    store::OutcomeRow& row =
        tables_.of<OutcomeRow>().emplace_back(outcome(Stage::inference, task_, model_, run, baseline_));
    row.policy = policy;
    row.bias = bias;
    row.format = policy == Policy::baseline ? "fp16" : "e4m3fnuz";
    return row;
  }

  Workshop& workshop_;
  const Trained& model_;
  const Task& task_;
  Tables& tables_;
  store::Run baseline_;
  std::optional<std::int32_t> smallest_;  ///< AMAX bias of a tensor
  std::map<int, Verdict> verdicts_;
};

void add_claims(Tables& tables) {
  std::int64_t rows = 0;
  std::map<Verdict, std::int64_t> of;
  std::optional<double> worst;  // NaN if one of them is
  double increase = 0.0;
  for (const store::OutcomeRow& row : tables.of<OutcomeRow>()) {
    if (row.policy != Policy::amax) continue;
    const store::Comparison& found = row.to_baseline;
    ++rows;
    ++of[found.verdict];
    worst = !worst || !(found.relative_accuracy >= *worst) ? found.relative_accuracy : *worst;
    increase = std::max(increase, found.loss_increase);
  }
  tables.of<ClaimRow>().push_back(
      {"P1 T2", "FP8-AMAX inference keeps the FP16 accuracy at every size",
       "relative accuracy - 2 se >= 0.995 for every size, task and seed",
       fmt::format("{} of {} hold, {} fail, {} are undecided; smallest relative accuracy {:.4f}, largest increase of "
                   "the loss {:.4f}",
                   of[Verdict::holds], rows, of[Verdict::fails], of[Verdict::undecided],
                   worst.value_or(std::numeric_limits<double>::quiet_NaN()), increase),
       rows > 0 && of[Verdict::holds] == rows});
  std::int32_t narrowest = 2 * kLargestBias + 1, widest = 0;
  std::optional<std::int32_t> beyond;
  bool inside = true;
  for (const store::BiasIntervalRow& row : tables.of<BiasIntervalRow>()) {
    narrowest = std::min(narrowest, row.biases);
    widest = std::max(widest, row.biases);
    inside = inside && row.open_below == 0 && row.open_above == 0;
    if (row.biases == 0 || row.amax_bias_min == store::kNoBias) continue;
    const std::int32_t over = row.last_bias - row.amax_bias_min;
    beyond = std::max(beyond.value_or(over), over);
  }
  tables.of<ClaimRow>().push_back(
      {"P1 T3", "A constant bias holds in an interval of about five integers and collapses outside",
       "every interval of biases that do not fail has 3 to 9 of them and both ends within -8 to 8",
       fmt::format("{} to {} biases", narrowest, widest), narrowest >= 3 && widest <= 9 && inside});
  tables.of<ClaimRow>().push_back(
      {"P1 T3", "The interval's upper end is the smallest AMAX bias of all tensors",
       "last bias - smallest AMAX bias is at most 2 everywhere (mild clipping is survivable)",
       beyond ? fmt::format("at most {}", *beyond) : "no interval to judge by", beyond && *beyond <= 2});
}

Tables tables_of(Workshop& workshop) {
  const auto sizes = workshop.sizes().size();
  workshop.expect(sizes * (1 + 19 + workshop.seeds().size() * 11));
  Tables tables;
  for (const ModelSize& size : workshop.sizes()) {
    const Trained model = workshop.pretrained(size);
    Point next_byte(workshop, model, workshop.corpus().text, tables);
    for (int bias = -kLargestBias; bias <= kLargestBias; ++bias) next_byte.bears(bias);  // the curve of Figure 5
    next_byte.add_interval();
    for (const std::uint64_t seed : workshop.seeds()) {
      const Trained tuned = workshop.fine_tuned(model, workshop.fine_tuning(size, seed), fp16_baseline());
      Point label(workshop, tuned, workshop.corpus().sentences, tables);
      label.add_interval();
    }
  }
  add_claims(tables);
  return tables;
}

}  // namespace

Study inference() {
  return {"inference", "P1 T2, T3, Fig. 5", "AMAX and constant biases in inference", "3", tables_of};
}

}  // namespace octavo::experiments::studies
