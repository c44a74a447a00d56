// Points and intervals, printed.
#include "experiments/evaluation/sweep/sweep_output.h"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/evaluation/subject_output.h"
#include "experiments/printed/json.h"

namespace octavo::experiments {
namespace {

std::string bias_text(std::int32_t bias) { return bias == store::kNoBias ? "" : std::to_string(bias); }

std::string interval_text(const store::IntervalRow& row) {
  const std::string target = row.target.empty() ? "whole model" : row.target;
  const std::string smallest =
      row.amax_bias_min == store::kNoBias ? "no AMAX bias" : fmt::format("smallest AMAX bias {}", row.amax_bias_min);
  if (row.biases == 0) return fmt::format("{:<16} none of the swept biases; {}\n", target, smallest);
  return fmt::format("{:<16} [{}, {}], {} biases; {}\n", target, row.first_bias, row.last_bias, row.biases, smallest);
}

}  // namespace

std::string sweep_text(const SweepResult& result, const store::Header& header) {
  std::string out = subject_text(header);
  out += fmt::format("\n{:<9} {:<16} {:>5} {:>9} {:>11} {:>9} {:>9} {:>9} {:>8}\n", "policy", "target", "bias", "loss",
                     "perplexity", "loss +", "accuracy", "relative", "2 se");
  for (const store::SweepRow& row : result.rows)
    out += fmt::format("{:<9} {:<16} {:>5} {:>9.4f} {:>11.5g} {:>9.4f} {:>9.4f} {:>9.4f} {:>8.4f}\n", word(row.policy),
                       row.target, bias_text(row.bias), row.loss, row.perplexity, row.loss_increase, row.accuracy,
                       row.relative_accuracy, 2.0 * row.relative_accuracy_se);
  out += "\nCSCALE holds (relative accuracy + 2 se >= 0.995) for:\n";
  for (const store::IntervalRow& row : result.intervals) out += "  " + interval_text(row);
  return out + non_finite_text(result.non_finite);
}

std::string sweep_json(const SweepResult& result, const store::Header& header) {
  nlohmann::json json = subject_json(header);
  for (const store::SweepRow& row : result.rows) {
    nlohmann::json entry = {
        {"policy", word(row.policy)}, {"scope", word(row.scope)}, {"target", row.target}, {"role", word(row.role)}};
    entry["bias"] = row.bias == store::kNoBias ? nlohmann::json(nullptr) : nlohmann::json(row.bias);
    entry["loss"] = printed::number(row.loss);
    entry["perplexity"] = printed::number(row.perplexity);
    entry["accuracy"] = printed::number(row.accuracy);
    entry["relative_accuracy"] = printed::number(row.relative_accuracy);
    entry["relative_accuracy_se"] = printed::number(row.relative_accuracy_se);
    entry["loss_increase"] = printed::number(row.loss_increase);
    entry["loss_increase_se"] = printed::number(row.loss_increase_se);
    entry["tokens"] = row.tokens;
    json["points"].push_back(entry);
  }
  for (const store::IntervalRow& row : result.intervals)
    json["intervals"].push_back(
        {{"scope", word(row.scope)},
         {"target", row.target},
         {"biases", row.biases},
         {"first_bias", row.first_bias},
         {"last_bias", row.last_bias},
         {"amax_bias_min",
          row.amax_bias_min == store::kNoBias ? nlohmann::json(nullptr) : nlohmann::json(row.amax_bias_min)}});
  json["not_finite"] = non_finite_json(result.non_finite);
  return printed::dumped(json);
}

}  // namespace octavo::experiments
