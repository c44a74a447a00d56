// Sentences, from rows.
#include "experiments/evaluation/sweep/sweep_conclusion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace octavo::experiments {
namespace {

using store::IntervalRow;
using store::Policy;
using store::SweepRow;

const SweepRow* find(const SweepResult& result, Policy policy) {
  const auto row = std::ranges::find(result.rows, policy, &SweepRow::policy);
  return row == result.rows.end() ? nullptr : &*row;
}

std::string cost_text(const SweepRow& row) {
  const store::Comparison& found = row.to_baseline;
  if (!std::isfinite(row.loss)) return "its loss is not finite";
  if (row.criterion == Criterion::accuracy && std::isnan(found.relative_accuracy))
    return "the baseline is right nowhere";
  if (row.criterion == Criterion::accuracy)
    return fmt::format("{:.4f} +- {:.4f} of the baseline's accuracy", found.relative_accuracy,
                       kErrors * found.relative_accuracy_se);
  return fmt::format("{:+.4f} +- {:.4f} nats a token", found.loss_increase, kErrors * found.loss_increase_se);
}

std::string point_text(const std::string& name, const SweepRow& row) {
  std::string text = fmt::format("{} {}: {}", name, word(row.to_baseline.verdict), cost_text(row));
  const std::int64_t tokens = row.to_baseline.tokens_to_decide;
  if (row.to_baseline.verdict == Verdict::undecided && tokens != store::kNoEstimate)
    text += fmt::format("; {} would decide", tokens_text(tokens));
  return text + "\n";
}

/// "-3 to 7".
std::string range_text(const IntervalRow& row) {
  return row.biases == 1 ? fmt::format("{}", row.first_bias) : fmt::format("{} to {}", row.first_bias, row.last_bias);
}

std::string model_conclusion(const SweepRow& amax, const IntervalRow& holds, const IntervalRow& as_amax) {
  if (holds.biases > 0) return fmt::format("one constant bias will do: {}", range_text(holds));
  const std::string as_good = as_amax.biases > 0 ? fmt::format("; as good as AMAX: {}", range_text(as_amax)) : "";
  if (holds.undecided > 0) return "whether a constant bias will do is undecided" + as_good;
  switch (amax.to_baseline.verdict) {
    case Verdict::holds:
      return "no swept constant bias will do, AMAX does";
    case Verdict::fails:
      return "neither AMAX nor a swept constant bias will do" + as_good;
    case Verdict::undecided:
      break;
  }
  return "no swept constant bias will do, AMAX is undecided" + as_good;
}

/// Of targets one at a time: the biases that hold for each of them.
std::string targets_conclusion(const std::vector<IntervalRow>& intervals) {
  IntervalRow common = intervals.front();
  std::string without, undecided;
  for (const IntervalRow& row : intervals) {
    std::string& names = row.undecided > 0 ? undecided : without;
    if (row.biases == 0) names += (names.empty() ? "" : ", ") + row.target;
    common.first_bias = std::max(common.first_bias, row.first_bias);
    common.last_bias = std::min(common.last_bias, row.last_bias);
  }
  if (!without.empty()) return "alone, no swept constant bias will do for " + without;
  if (!undecided.empty()) return "too few tokens to tell for " + undecided;
  common.biases = common.last_bias - common.first_bias + 1;
  if (common.biases <= 0) return "each alone holds under some constant bias, but under no common one";
  return fmt::format("each alone holds under a constant bias of {}; together: --by model", range_text(common));
}

std::string grid_text(const SweepResult& result, Reference reference) {
  std::array<int, store::kWords<Verdict>.size()> counts{};
  std::int64_t tokens = store::kNoEstimate;
  int pairs = 0;
  for (const SweepRow& row : result.rows) {
    if (row.policy != Policy::cscale) continue;
    ++pairs;
    ++counts[static_cast<std::size_t>(beside(row, reference).verdict)];
    tokens = std::max(tokens, beside(row, reference).tokens_to_decide);
  }
  const auto of = [&](Verdict verdict) { return counts[static_cast<std::size_t>(verdict)]; };
  std::string text =
      fmt::format("{} of {} pairs of biases, {} undecided", of(Verdict::holds), pairs, of(Verdict::undecided));
  if (of(Verdict::undecided) > 0) text += fmt::format(" ({})", tokens_text(tokens));
  return text;
}

std::string grid_conclusion(const SweepResult& result) {
  const SweepRow* best = nullptr;
  for (const SweepRow& row : result.rows)
    if (row.policy == Policy::cscale && std::isfinite(row.loss) && (best == nullptr || row.loss < best->loss))
      best = &row;
  if (best == nullptr) return "no pair of biases has a finite loss";
  return fmt::format("least loss at weights {}, activations {}: {}, {}", best->weight_bias, best->activation_bias,
                     word(best->to_baseline.verdict), cost_text(*best));
}

}  // namespace

std::string interval_text(const IntervalRow& row) {
  std::string text = "none";
  if (row.biases > 0) {
    text = fmt::format("{} ({}{} {})", range_text(row), row.open_below + row.open_above > 0 ? "at least " : "",
                       row.biases, row.biases == 1 ? "bias" : "biases");
    if (row.open_below + row.open_above > 0)
      text += fmt::format(", the sweep ends at {}", row.open_below == 0   ? fmt::format("{}", row.last_bias)
                                                    : row.open_above == 0 ? fmt::format("{}", row.first_bias)
                                                                          : "both");
  }
  if (row.undecided > 0) text += fmt::format("; {} undecided ({})", row.undecided, tokens_text(row.tokens_to_decide));
  return text;
}

std::string conclusion_text(const SweepResult& result) {
  const SweepRow& amax = *find(result, Policy::amax);
  const SweepRow* recipe = find(result, Policy::recipe);
  std::string out =
      amax.criterion == Criterion::loss
          ? "holds: increase of the loss + 2 se <= 0.02 nats a token\nfails: increase of the loss - 2 se > 0.02\n"
          : "holds: relative accuracy - 2 se >= 0.995\nfails: relative accuracy + 2 se < 0.995\n";
  out += point_text("AMAX", amax);
  if (recipe != nullptr) out += point_text("the recipe as written", *recipe);
  std::string conclusion;
  if (result.intervals.empty()) {
    out += "holds for: " + grid_text(result, Reference::baseline) + "\n";
    out += "as good as AMAX: " + grid_text(result, Reference::amax) + "\n";
    conclusion = grid_conclusion(result);
  } else {
    std::vector<IntervalRow> holds, as_amax;
    for (const IntervalRow& row : result.intervals)
      (row.reference == Reference::baseline ? holds : as_amax).push_back(row);
    const auto list = [&](const char* head, const std::vector<IntervalRow>& rows) {
      out += head;
      for (const IntervalRow& row : rows) {
        out += fmt::format("\n  {:<13} {}", row.target.empty() ? "whole model" : row.target, interval_text(row));
      }
      out += '\n';
    };
    list("a constant bias holds for (in brackets: tokens that would decide):", holds);
    list("a constant bias is as good as AMAX for:", as_amax);
    if (holds.front().amax_bias_min == store::kNoBias)
      out += "AMAX found no value to scale to\n";
    else if (holds.size() == 1)
      out += fmt::format("smallest AMAX bias: {}\n", holds.front().amax_bias_min);
    conclusion = holds.size() == 1 ? model_conclusion(amax, holds.front(), as_amax.front()) : targets_conclusion(holds);
  }
  return out + "so: " + conclusion + "\n";
}

}  // namespace octavo::experiments
