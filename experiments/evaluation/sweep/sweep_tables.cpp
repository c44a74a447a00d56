// Rows of points, and intervals of biases.
#include "experiments/evaluation/sweep/sweep_tables.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "experiments/store/runs/run_file.h"
#include "sim/nn/elementwise/elementary.h"

namespace octavo::experiments {
namespace {

using store::Policy;

store::SweepRow row_of(const store::Run& run, const store::Run& baseline, const store::Run& amax, Criterion criterion,
                       int index) {
  store::SweepRow row;
  row.policy = run.policy;
  row.scope = run.scope;
  row.target = run.target;
  row.role = run.role;
  row.bias = run.bias;
  row.weight_bias = run.weight_bias;
  row.activation_bias = run.activation_bias;
  row.loss = run.loss;
  row.perplexity = sim::nn::exp(run.loss);
  row.accuracy = run.accuracy;
  row.criterion = criterion;
  row.to_baseline = compare(run, baseline, criterion);
  row.to_amax = compare(run, amax, criterion);
  row.tokens = static_cast<std::int64_t>(run.token_loss.size());
  row.run = index;
  return row;
}

void count_points(SweepResult& result) {
  result.non_finite.of_points = static_cast<std::int64_t>(result.rows.size());
  result.non_finite.points =
      std::ranges::count_if(result.rows, [](const store::SweepRow& row) { return !std::isfinite(row.loss); });
}

// The smallest AMAX bias among the tensors that the rows' point tests.
std::int32_t smallest_amax_bias(const store::Run& amax, const TensorAxis& axis, const SweepPoint& point, Tested role) {
  std::int32_t smallest = std::numeric_limits<std::int32_t>::max();
  for (const store::TensorRecord& record : amax.tensors) {
    const store::TensorName& tensor = axis.names()[static_cast<std::size_t>(record.index)];
    if (record.bias != store::kNoBias && is_tested(role, tensor.role) &&
        scaling::matches(pattern_of(point), tensor.name))
      smallest = std::min(smallest, record.bias);
  }
  return smallest == std::numeric_limits<std::int32_t>::max() ? store::kNoBias : smallest;
}

}  // namespace

const store::Comparison& beside(const store::SweepRow& row, Reference reference) {
  return reference == Reference::baseline ? row.to_baseline : row.to_amax;
}

SweepResult read_sweep(const std::filesystem::path& out) {
  SweepResult result{
      store::read_table<store::SweepRow>(out), store::read_table_if_there<store::IntervalRow>(out),
      count_non_finite(store::read_run(out, 1).tensors, store::read_axis(out), store::read_run(out, 0).token_loss)};
  count_points(result);
  return result;
}

store::IntervalRow longest_interval(const std::vector<store::SweepRow>& rows, Reference reference) {
  store::IntervalRow best;
  if (rows.empty()) return best;
  best.scope = rows.front().scope;
  best.target = rows.front().target;
  best.role = rows.front().role;
  best.reference = reference;
  best.criterion = rows.front().criterion;
  std::int32_t length = 0;
  for (const store::SweepRow& row : rows) {
    const store::Comparison& found = beside(row, reference);
    if (found.verdict == Verdict::undecided) {
      // kNoEstimate is smaller than any number of tokens.
      best.tokens_to_decide =
          best.undecided++ == 0 ? found.tokens_to_decide : std::max(best.tokens_to_decide, found.tokens_to_decide);
    }
    length = found.verdict == Verdict::holds ? length + 1 : 0;
    if (length <= best.biases) continue;
    best.biases = length;
    best.first_bias = row.bias - length + 1;
    best.last_bias = row.bias;
  }
  best.open_below = best.biases > 0 && best.first_bias == rows.front().bias;
  best.open_above = best.biases > 0 && best.last_bias == rows.back().bias;
  return best;
}

SweepResult sweep_tables(const std::vector<SweepPoint>& grid, const TensorAxis& axis, const SweepFlags& flags,
                         const store::PartFolder& parts) {
  SweepResult result;
  const store::Run baseline = parts.read(0);
  const store::Run amax = parts.read(1);
  result.non_finite = count_non_finite(amax.tensors, axis.names(), baseline.token_loss);
  std::vector<store::SweepRow> of_target;
  for (std::size_t i = 0; i < grid.size(); ++i) {
    const int index = static_cast<int>(i);
    result.rows.push_back(row_of(parts.read(index), baseline, amax, flags.criterion, index));
    if (grid[i].policy != Policy::cscale || flags.grid) continue;
    of_target.push_back(result.rows.back());
    if (i + 1 < grid.size() && grid[i + 1].target == grid[i].target) continue;
    for (const Reference reference : {Reference::baseline, Reference::amax}) {
      store::IntervalRow interval = longest_interval(of_target, reference);
      interval.amax_bias_min = smallest_amax_bias(amax, axis, grid[i], flags.role);
      result.intervals.push_back(interval);
    }
    of_target.clear();
  }
  count_points(result);
  return result;
}

}  // namespace octavo::experiments
