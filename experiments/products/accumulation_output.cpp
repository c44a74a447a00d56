// The tables of the accumulation experiment for people and programs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "experiments/printed/json.h"
#include "experiments/printed/text_table.h"
#include "experiments/products/accumulation.h"

namespace octavo::experiments {
namespace {

using printed::Fit;

std::string small(double value) { return fmt::format("{:.2e}", value); }

/// The products of one distribution and K.
std::string products_text(std::span<const store::AccumulationRow> rows) {
  std::vector<std::vector<std::string>> cells;
  for (const store::AccumulationRow& row : rows)
    cells.push_back({row.engine, row.accumulator, std::to_string(row.promotion), small(row.median_relative_error),
                     small(row.largest_relative_error), small(row.normwise_relative_error),
                     std::to_string(row.non_finite), small(row.mean_signed_relative_error),
                     std::to_string(row.differing)});
  return printed::text_table({{"engine", true},
                              {"acc", true},
                              {"promotion"},
                              {"median rel"},
                              {"largest rel"},
                              {"normwise"},
                              {"inf", false, Fit::may_go},
                              {"mean signed", false, Fit::may_go},
                              {"differing", false, Fit::may_go}},
                             cells, 2, "in --json and --out");
}

std::string model_text(const std::vector<store::AccumulationModelRow>& rows) {
  std::vector<std::vector<std::string>> cells;
  for (const store::AccumulationModelRow& row : rows)
    cells.push_back({row.engine, row.accumulator, std::to_string(row.promotion), fmt::format("{:.6f}", row.loss),
                     small(row.loss_increase), fmt::format("{:.1e}", row.loss_increase_se),
                     fmt::format("{:.4f}", row.accuracy), fmt::format("{:.4f}", row.perplexity)});
  return printed::text_table({{"engine", true},
                              {"acc", true},
                              {"promotion"},
                              {"loss"},
                              {"increase"},
                              {"se"},
                              {"accuracy", false, Fit::may_go},
                              {"perplexity", false, Fit::may_go}},
                             cells, 2, "in --json and --out");
}

}  // namespace

std::string accumulation_text(const std::vector<store::AccumulationRow>& rows,
                              const std::vector<store::AccumulationModelRow>& model) {
  std::string out;
  for (std::size_t first = 0, last = 0; first < rows.size(); first = last) {
    const auto same = [&](const store::AccumulationRow& row) {
      return row.distribution == rows[first].distribution && row.k == rows[first].k;
    };
    while (last < rows.size() && same(rows[last])) ++last;
    out += fmt::format("{}{}, K = {}: error against the exact sum of {} products\n", out.empty() ? "" : "\n",
                       rows[first].distribution, rows[first].k, rows[first].outputs);
    out += products_text(std::span(rows).subspan(first, last - first));
  }
  if (model.empty()) return out;
  out += fmt::format("\nthe model, {} tokens: increase of the loss over exact products, with its standard error\n",
                     model.front().tokens);
  out += model_text(model);
  const auto lost = [](const auto& row) { return !std::isfinite(row.loss); };
  const auto fp16 = [](const auto& row) { return row.accumulator == "f16" || row.engine == "fp16-accumulate"; };
  if (std::ranges::any_of(model, [&](const auto& row) { return lost(row) && !fp16(row); }))
    out +=
        "note: a loss is not finite without sums in FP16: the model or the recipe is why;\n"
        "  octavo eval counts\n";
  else if (std::ranges::any_of(model, lost))
    out +=
        "note: a loss is nan where sums in FP16 overflowed; a recipe with a margin, as\n"
        "  2309.17224's 3, leaves room\n";
  return out;
}

std::string accumulation_json(const std::vector<store::AccumulationRow>& rows,
                              const std::vector<store::AccumulationModelRow>& model) {
  nlohmann::ordered_json json = {{"accumulation", printed::rows_json(rows)}};
  if (!model.empty()) json["accumulation_model"] = printed::rows_json(model);
  return printed::dumped(json);
}

}  // namespace octavo::experiments
