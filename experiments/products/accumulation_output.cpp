// The tables of the accumulation experiment for people and programs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/printed/json.h"
#include "experiments/products/accumulation.h"

namespace octavo::experiments {
std::string accumulation_text(const std::vector<store::AccumulationRow>& rows,
                              const std::vector<store::AccumulationModelRow>& model) {
  std::string out;
  std::string part;
  for (const store::AccumulationRow& row : rows) {
    const std::string head = fmt::format("{}, K = {}", row.distribution, row.k);
    if (head != part) {
      part = head;
      out +=
          fmt::format("{}{}: error against the exact sum of {} products\n", out.empty() ? "" : "\n", head, row.outputs);
      out += fmt::format("  {:<18} {:>4} {:>9} {:>12} {:>12} {:>12} {:>12} {:>9} {:>6}\n", "engine", "acc", "promotion",
                         "median rel", "largest rel", "normwise", "mean signed", "differing", "inf");
    }
    out += fmt::format("  {:<18} {:>4} {:>9} {:>12.3e} {:>12.3e} {:>12.3e} {:>12.3e} {:>9} {:>6}\n", row.engine,
                       row.accumulator, row.promotion, row.median_relative_error, row.largest_relative_error,
                       row.normwise_relative_error, row.mean_signed_relative_error, row.differing, row.non_finite);
  }
  if (model.empty()) return out;
  out +=
      fmt::format("\nthe model, {} tokens: increase of the loss over exact products, with its paired standard error\n",
                  model.front().tokens);
  out += fmt::format("  {:<18} {:>4} {:>9} {:>10} {:>12} {:>10} {:>10} {:>9}\n", "engine", "acc", "promotion", "loss",
                     "increase", "se", "perplexity", "accuracy");
  for (const store::AccumulationModelRow& row : model)
    out += fmt::format("  {:<18} {:>4} {:>9} {:>10.6f} {:>12.3e} {:>10.1e} {:>10.4f} {:>9.4f}\n", row.engine,
                       row.accumulator, row.promotion, row.loss, row.loss_increase, row.loss_increase_se,
                       row.perplexity, row.accuracy);
  const auto lost = [](const auto& row) { return !std::isfinite(row.loss); };
  const auto fp16 = [](const auto& row) { return row.accumulator == "f16" || row.engine == "fp16-accumulate"; };
  if (std::ranges::any_of(model, [&](const auto& row) { return lost(row) && !fp16(row); }))
    out += "note: a loss is not finite without sums in FP16, so the model or the recipe is why; octavo eval counts\n";
  else if (std::ranges::any_of(model, lost))
    out +=
        "note: a loss is nan where sums in FP16 overflowed; a recipe with a margin, as 2309.17224's 3, leaves room\n";
  return out;
}

std::string accumulation_json(const std::vector<store::AccumulationRow>& rows,
                              const std::vector<store::AccumulationModelRow>& model) {
  nlohmann::ordered_json json = {{"accumulation", printed::rows_json(rows)}};
  if (!model.empty()) json["accumulation_model"] = printed::rows_json(model);
  return printed::dumped(json);
}

}  // namespace octavo::experiments
