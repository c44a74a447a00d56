// Points and intervals, printed.
#include "experiments/evaluation/sweep/sweep_output.h"

#include <fmt/format.h>

#include "experiments/evaluation/subject_output.h"
#include "experiments/evaluation/sweep/sweep_conclusion.h"
#include "experiments/printed/json.h"

namespace octavo::experiments {
namespace {

nlohmann::json bias_json(std::int32_t bias) {
  return bias == store::kNoBias ? nlohmann::json(nullptr) : nlohmann::json(bias);
}

/// What a row is called: its policy, its target, or its biases.
std::string name_of(const store::SweepRow& row) {
  if (row.policy == store::Policy::cscale && row.bias == store::kNoBias)
    return fmt::format("{} and {}", row.weight_bias, row.activation_bias);
  return row.target.empty() ? std::string(word(row.policy)) : row.target;
}

/// "-" where a point would be held against itself.
std::string_view verdict_text(const store::SweepRow& row, Reference reference) {
  const bool itself = row.policy == (reference == Reference::baseline ? store::Policy::baseline : store::Policy::amax);
  return itself ? "-" : word(beside(row, reference).verdict);
}

}  // namespace

std::string sweep_text(const SweepResult& result, const store::Header& header) {
  std::string out = subject_text(header);
  out += fmt::format("\n{:<13} {:>4} {:>7} {:>8} {:>7}  {:<9} {:<9} {:>7} {:>6}\n", "policy", "bias", "loss", "loss +",
                     "2 se", "verdict", "as AMAX", "rel acc", "2 se");
  for (const store::SweepRow& row : result.rows)
    out += fmt::format("{:<13} {:>4} {:>7.4f} {:>8.4f} {:>7.4f}  {:<9} {:<9} {:>7.4f} {:>6.4f}\n", name_of(row),
                       row.bias == store::kNoBias ? "" : std::to_string(row.bias), row.loss,
                       row.to_baseline.loss_increase, kErrors * row.to_baseline.loss_increase_se,
                       verdict_text(row, Reference::baseline), verdict_text(row, Reference::amax),
                       row.to_baseline.relative_accuracy, kErrors * row.to_baseline.relative_accuracy_se);
  return out + "\n" + non_finite_text(result.non_finite) + conclusion_text(result);
}

std::string sweep_json(const SweepResult& result, const store::Header& header) {
  nlohmann::json json = subject_json(header);
  for (const store::SweepRow& row : result.rows) {
    nlohmann::json entry = {
        {"policy", word(row.policy)}, {"scope", word(row.scope)}, {"target", row.target}, {"role", word(row.role)}};
    entry["bias"] = bias_json(row.bias);
    entry["weight_bias"] = bias_json(row.weight_bias);
    entry["activation_bias"] = bias_json(row.activation_bias);
    entry["loss"] = printed::number(row.loss);
    entry["perplexity"] = printed::number(row.perplexity);
    entry["accuracy"] = printed::number(row.accuracy);
    entry.update(comparison_json(row.to_baseline, store::kToBaseline));
    entry.update(comparison_json(row.to_amax, store::kToAmax));
    entry["tokens"] = row.tokens;
    json["points"].push_back(entry);
  }
  json["criterion"] = word(result.rows.front().criterion);
  for (const store::IntervalRow& row : result.intervals)
    json["intervals"].push_back({{"scope", word(row.scope)},
                                 {"target", row.target},
                                 {"reference", word(row.reference)},
                                 {"biases", row.biases},
                                 {"first_bias", row.first_bias},
                                 {"last_bias", row.last_bias},
                                 {"open_below", row.open_below != 0},
                                 {"open_above", row.open_above != 0},
                                 {"undecided", row.undecided},
                                 {"tokens_to_decide", row.tokens_to_decide},
                                 {"amax_bias_min", bias_json(row.amax_bias_min)}});
  json["not_finite"] = non_finite_json(result.non_finite);
  return printed::dumped(json);
}

}  // namespace octavo::experiments
