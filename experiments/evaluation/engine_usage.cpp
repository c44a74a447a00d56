// From rules to engines, counted.
#include "experiments/evaluation/engine_usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "sim/gemm/catalog/engines.h"
#include "sim/model/transformer.h"

namespace octavo::experiments {
namespace {

using scaling::LinearProduct;
using scaling::Role;

/// Engines that were made already, with what a row says of them.
class Catalogue {
 public:
  /// The row of what runs one product under a rule: recipe, engine, accumulator, promotion, description.
  const store::EngineRow& of(const scaling::LinearRule& rule, LinearProduct which) {
    const store::EngineRow& asked = made(rule.gemm, which);
    return takes_values_.at(asked.product) || sim::nn::casts_both(rule, which) ? asked : made({}, which);
  }

 private:
  const store::EngineRow& made(const scaling::Gemm& gemm, LinearProduct which) {
    const auto [entry, is_new] = rows_.try_emplace({gemm, which});
    if (!is_new) return entry->second;
    const auto engine = sim::gemm::make_engine(gemm, which);
    store::EngineRow& row = entry->second;
    row.engine = engine->name();
    row.accumulator = std::string(name(gemm.accumulator));
    row.promotion = gemm.promotion[static_cast<std::size_t>(which)];
    row.product = engine->description();
    takes_values_[row.product] = engine->takes_values();
    return row;
  }

  std::map<std::pair<scaling::Gemm, LinearProduct>, store::EngineRow> rows_;
  std::map<std::string, bool> takes_values_;  ///< by description
};

void add(EngineUsage& usage, const store::EngineRow& engine, const std::string& layer, LinearProduct which,
         std::int64_t multiply_adds) {
  usage.layers.push_back(
      {engine.recipe, layer, which, engine.engine, engine.accumulator, engine.promotion, multiply_adds});
  auto row = std::ranges::find(usage.engines, engine.product, &store::EngineRow::product);
  if (row == usage.engines.end()) row = usage.engines.insert(row, engine);
  ++row->products;
  row->multiply_adds += multiply_adds;
}

}  // namespace

EngineUsage engine_usage(const sim::model::Weights& weights, const scaling::Recipe& recipe, const std::string& name,
                         std::span<const LinearProduct> products) {
  const sim::model::Config& config = weights.config;
  EngineUsage usage;
  Catalogue catalogue;
  const auto named = [&](store::EngineRow row) {
    row.recipe = name;
    return row;
  };
  for (std::int64_t layer = 0; layer < config.layers; ++layer)
    for (const sim::model::Kind kind : sim::model::kinds(config.family)) {
      const std::string linear = sim::model::linear_name(layer, kind);
      const scaling::LinearRule rule = recipe.resolve(linear);
      const std::vector<std::int64_t>& shape = weights.decoders[static_cast<std::size_t>(layer)][kind].weight.shape;
      for (const LinearProduct which : products)
        add(usage, named(catalogue.of(rule, which)), linear, which, shape.at(0) * shape.at(1));
    }
  for (const LinearProduct which : products)
    add(usage, named(catalogue.of({}, which)), "head", which, config.vocabulary * config.width);
  std::int64_t all = 0;
  for (const store::EngineRow& row : usage.engines) all += row.multiply_adds;
  for (store::EngineRow& row : usage.engines)
    row.share = static_cast<double>(row.multiply_adds) / static_cast<double>(all);
  std::ranges::stable_sort(usage.engines, std::greater(), &store::EngineRow::multiply_adds);
  return usage;
}

void add_to(store::Tables& tables, const EngineUsage& usage) {
  auto& engines = tables.of<store::EngineRow>();
  engines.insert(engines.end(), usage.engines.begin(), usage.engines.end());
  auto& layers = tables.of<store::LayerEngineRow>();
  layers.insert(layers.end(), usage.layers.begin(), usage.layers.end());
}

std::string engine_text(const EngineUsage& usage) {
  if (usage.engines.size() == 1) return usage.engines.front().product;
  std::string text;
  for (const store::EngineRow& row : usage.engines)
    text +=
        fmt::format("{}{:.1f} % of the multiply-adds: {}", text.empty() ? "" : " | ", 100.0 * row.share, row.product);
  return text;
}

}  // namespace octavo::experiments
