// Comparing with the baseline.
#include "experiments/studies/outcome.h"

#include <cmath>
#include <limits>

#include "sim/model/gradients.h"

namespace octavo::experiments::studies {

bool holds(const store::OutcomeRow& row) {
  return row.stopped.empty() && std::isfinite(row.loss) &&
         row.relative_accuracy + 2.0 * row.relative_accuracy_se >= kHolds;
}

store::OutcomeRow outcome(Stage stage, const Task& task, const Trained& model, const store::Run& run,
                          const store::Run& baseline) {
  const PairedDifference paired =
      paired_difference(run.token_loss, run.token_correct, baseline.token_loss, baseline.token_correct);
  store::OutcomeRow row;
  row.task = task.name;
  row.stage = stage;
  row.model = model.size.name;
  row.parameters = sim::model::parameter_count(*model.weights);
  row.seed = static_cast<std::int64_t>(model.seed);
  row.loss = run.loss;
  row.accuracy = run.accuracy;
  row.relative_accuracy = paired.relative_accuracy;
  row.relative_accuracy_se = paired.relative_accuracy_se;
  row.loss_increase = paired.loss_increase;
  row.loss_increase_se = paired.loss_increase_se;
  row.scored = static_cast<std::int64_t>(run.token_loss.size());
  row.stopped = model.run.stopped;
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
