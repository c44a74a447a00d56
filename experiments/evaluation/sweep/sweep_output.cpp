// Points and intervals, printed.
#include "experiments/evaluation/sweep/sweep_output.h"

#include <fmt/format.h>

#include <sstream>
#include <string>
#include <vector>

#include "experiments/evaluation/subject_output.h"
#include "experiments/evaluation/sweep/sweep_conclusion.h"
#include "experiments/printed/json.h"
#include "experiments/printed/text_table.h"

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

/// Each line within a terminal's width.
std::string wrapped_lines(const std::string& text) {
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);)
    out += (printed::characters(line) > printed::kWidth ? printed::wrapped(line, printed::kWidth, 4) : line) + "\n";
  return out;
}

}  // namespace

std::string sweep_text(const SweepResult& result, const store::Header& header) {
  std::string out = subject_text(header);
  using enum printed::Fit;
  std::vector<std::vector<std::string>> cells;
  for (const store::SweepRow& row : result.rows)
    cells.push_back({name_of(row), row.bias == store::kNoBias ? "" : std::to_string(row.bias),
                     fmt::format("{:.4f}", row.loss), fmt::format("{:.4f}", row.to_baseline.loss_increase),
                     fmt::format("{:.4f}", kErrors * row.to_baseline.loss_increase_se),
                     std::string(verdict_text(row, Reference::baseline)),
                     std::string(verdict_text(row, Reference::amax)),
                     fmt::format("{:.4f}", row.to_baseline.relative_accuracy),
                     fmt::format("{:.4f}", kErrors * row.to_baseline.relative_accuracy_se)});
  out += "\n" + printed::text_table({{"policy", true},
                                     {"bias"},
                                     {"loss"},
                                     {"loss +"},
                                     {"2 se"},
                                     {"verdict", true},
                                     {"as AMAX", true},
                                     {"rel acc", false, may_go},
                                     {"2 se", false, may_go}},
                                    cells);
  return out + "\n" + non_finite_text(result.non_finite) + wrapped_lines(conclusion_text(result)) +
         few_tokens_text(result.rows.front().tokens);
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
