// A row a recipe.
#include "experiments/evaluation/eval/eval_output.h"

#include <fmt/format.h>

#include "experiments/evaluation/subject_output.h"
#include "experiments/printed/json.h"

namespace octavo::experiments {
namespace {

std::string name_of(const store::EvalRow& row) {
  return row.policy == store::Policy::baseline ? fmt::format("none ({})", name(row.baseline)) : row.recipe;
}

std::string verdicts_text(const EvalResult& result) {
  std::string out = fmt::format("holds: {}\n", rule_text(result.rows.front().criterion));
  const store::EvalRow* first = nullptr;
  for (const store::EvalRow& row : result.rows) {
    if (row.policy == store::Policy::baseline) continue;
    const store::Comparison& found = row.to_baseline;
    out += fmt::format("{} {}", row.recipe, word(found.verdict));
    if (found.verdict == Verdict::undecided) out += ": " + tokens_text(found.tokens_to_decide);
    if (first != nullptr)
      out += fmt::format("; beside {}: loss {:+.4f} +- {:.4f}, {}", first->recipe, row.to_first.loss_increase,
                         kErrors * row.to_first.loss_increase_se, word(row.to_first.verdict));
    out += '\n';
    if (first == nullptr) first = &row;
  }
  return out + few_tokens_text(result.rows.front().tokens);
}

}  // namespace

std::string eval_text(const EvalResult& result, const store::Header& header) {
  std::string out = subject_text(header);
  const bool compared = result.rows.size() > 1;
  for (const store::EvalRow& row : result.rows)
    if (!compared || row.policy == store::Policy::baseline)
      out += fmt::format("{}loss {:.6f} nats/token, perplexity {:.6g}, accuracy {:.4f}\n",
                         compared ? name_of(row) + ": " : "", row.loss, row.perplexity, row.accuracy);
  if (compared) {
    out += fmt::format("\n{:<22} {:>8} {:>8} {:>7} {:>7} {:>6} {:>7} {:>6}\n", "recipe", "loss", "loss +", "2 se",
                       "rel acc", "2 se", "KL", "top-1");
    for (const store::EvalRow& row : result.rows)
      if (row.policy != store::Policy::baseline)
        out += fmt::format("{:<22} {:>8.4f} {:>8.4f} {:>7.4f} {:>7.4f} {:>6.4f} {:>7.4f} {:>6.4f}\n", name_of(row),
                           row.loss, row.to_baseline.loss_increase, kErrors * row.to_baseline.loss_increase_se,
                           row.to_baseline.relative_accuracy, kErrors * row.to_baseline.relative_accuracy_se, row.kl,
                           row.top1_agreement);
    out += "\n" + verdicts_text(result);
  }
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    const std::string said = non_finite_text(result.non_finite[i]);
    if (!said.empty()) out += compared ? fmt::format("{}: {}", name_of(result.rows[i]), said) : said;
  }
  return out;
}

std::string eval_json(const EvalResult& result, const std::vector<EngineUsage>& engines, const store::Header& header) {
  nlohmann::json json = subject_json(header);
  const store::EvalRow* only = result.rows.size() == 1 ? &result.rows[0] : nullptr;
  if (result.rows.size() == 2) only = &result.rows[1];
  if (only != nullptr) {
    json["loss"] = printed::number(only->loss);
    json["perplexity"] = printed::number(only->perplexity);
    json["accuracy"] = printed::number(only->accuracy);
    json["not_finite"] = non_finite_json(result.non_finite.back());
  }
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    const store::EvalRow& row = result.rows[i];
    nlohmann::json entry = {{"recipe", row.recipe},
                            {"baseline", name(row.baseline)},
                            {"policy", word(row.policy)},
                            {"loss", printed::number(row.loss)},
                            {"perplexity", printed::number(row.perplexity)},
                            {"accuracy", printed::number(row.accuracy)},
                            {"criterion", word(row.criterion)},
                            {"kl", printed::number(row.kl)},
                            {"kl_se", printed::number(row.kl_se)},
                            {"top1_agreement", printed::number(row.top1_agreement)},
                            {"tokens", row.tokens},
                            {"not_finite", non_finite_json(result.non_finite[i])}};
    entry.update(comparison_json(row.to_baseline, store::kToBaseline));
    entry.update(comparison_json(row.to_first, store::kToFirst));
    json["runs"].push_back(entry);
  }
  for (const EngineUsage& usage : engines) {
    const nlohmann::json rows = printed::rows_json(usage.engines);
    for (const auto& row : rows) json["engines"].push_back(row);
  }
  return printed::dumped(json);
}

}  // namespace octavo::experiments
