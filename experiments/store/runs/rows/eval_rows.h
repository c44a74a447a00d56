// The rows of octavo eval's tables; docs/hdf5-schema.md defines every field.
#pragma once

#include <cstdint>
#include <string>

#include "experiments/store/run_words.h"
#include "experiments/store/runs/rows/comparison.h"

namespace octavo::experiments::store {

inline constexpr ComparisonColumns kToFirst{
    "first_relative_accuracy", "first_relative_accuracy_se", "first_loss_increase", "first_loss_increase_se",
    "first_verdict_loss",      "first_verdict_accuracy",     "first_verdict",       "first_tokens_to_decide"};

/// One row of /tables/eval: a model under one recipe, or without casts.
struct EvalRow {
  static constexpr const char* kTable = "eval";

  std::string recipe;  ///< its name; empty without casts
  scaling::Baseline baseline = scaling::Baseline::fp32;
  Policy policy = Policy::baseline;
  double loss = 0.0;
  double perplexity = 0.0;
  double accuracy = 0.0;
  Criterion criterion = Criterion::loss;
  Comparison to_baseline;
  double kl = 0.0;  ///< mean over tokens of KL(baseline || recipe), nats
  double kl_se = 0.0;
  double top1_agreement = 1.0;  ///< share of tokens where both rank the same first
  Comparison to_first;          ///< to the first recipe
  std::int64_t tokens = 0;
  std::int32_t run = 0;

  bool operator==(const EvalRow&) const = default;

  template <class Row, class Visitor>
  static void visit(Row& row, Visitor&& f) {
    f("recipe", row.recipe);
    f("baseline", row.baseline);
    f("policy", row.policy);
    f("loss", row.loss);
    f("perplexity", row.perplexity);
    f("accuracy", row.accuracy);
    f("criterion", row.criterion);
    visit_comparison(row.to_baseline, kToBaseline, f);
    f("kl", row.kl);
    f("kl_se", row.kl_se);
    f("top1_agreement", row.top1_agreement);
    visit_comparison(row.to_first, kToFirst, f);
    f("tokens", row.tokens);
    f("run", row.run);
  }
};

/// One row of /tables/engines: what one arithmetic computed under a recipe.
struct EngineRow {
  static constexpr const char* kTable = "engines";

  std::string recipe;
  std::string engine;
  std::string accumulator;
  std::int32_t promotion = 0;
  std::string product;             ///< the engine's description
  std::int64_t products = 0;       ///< of layers
  std::int64_t multiply_adds = 0;  ///< a token
  double share = 0.0;              ///< of the recipe's multiply-adds

  bool operator==(const EngineRow&) const = default;

  template <class Row, class Visitor>
  static void visit(Row& row, Visitor&& f) {
    f("recipe", row.recipe);
    f("engine", row.engine);
    f("accumulator", row.accumulator);
    f("promotion", row.promotion);
    f("product", row.product);
    f("products", row.products);
    f("multiply_adds", row.multiply_adds);
    f("share", row.share);
  }
};

/// One row of /tables/layer_engines: one product of one layer.
struct LayerEngineRow {
  static constexpr const char* kTable = "layer_engines";

  std::string recipe;
  std::string layer;  ///< as recipes call it, or head
  scaling::LinearProduct which = scaling::LinearProduct::fprop;
  std::string engine;
  std::string accumulator;
  std::int32_t promotion = 0;
  std::int64_t multiply_adds = 0;  ///< a token

  bool operator==(const LayerEngineRow&) const = default;

  template <class Row, class Visitor>
  static void visit(Row& row, Visitor&& f) {
    f("recipe", row.recipe);
    f("layer", row.layer);
    f("which", row.which);
    f("engine", row.engine);
    f("accumulator", row.accumulator);
    f("promotion", row.promotion);
    f("multiply_adds", row.multiply_adds);
  }
};

}  // namespace octavo::experiments::store
