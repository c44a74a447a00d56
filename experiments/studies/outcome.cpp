// Comparing with the baseline.
#include "experiments/studies/outcome.h"

#include <cmath>
#include <limits>

#include "sim/model/gradients.h"

namespace octavo::experiments::studies {

store::OutcomeRow outcome(Stage stage, const Task& task, const Trained& model, const store::Run& run,
                          const store::Run& baseline) {
  store::OutcomeRow row;
  row.task = task.name;
  row.stage = stage;
  row.model = model.size.name;
  row.parameters = sim::model::parameter_count(*model.weights);
  row.seed = static_cast<std::int64_t>(model.seed);
  row.loss = run.loss;
  row.accuracy = run.accuracy;
  row.to_baseline = compare(run, baseline, kStudyCriterion);
  row.scored = static_cast<std::int64_t>(run.token_loss.size());
  row.stopped = model.run.stopped;
  if (!row.stopped.empty()) {
    store::Comparison& found = row.to_baseline;
    found.verdict_loss = found.verdict_accuracy = found.verdict = Verdict::fails;
    found.tokens_to_decide = 0;
  }
  return row;
}

Spread spread(std::span<const double> values) {
  Spread result;
  if (values.empty()) return {std::numeric_limits<double>::quiet_NaN(), 0.0};
  for (const double value : values) result.mean += value / static_cast<double>(values.size());
  for (const double value : values) result.deviation += (value - result.mean) * (value - result.mean);
  if (values.size() > 1) result.deviation = std::sqrt(result.deviation / static_cast<double>(values.size() - 1));
  return result;
}

}  // namespace octavo::experiments::studies
