// Which arithmetic computes which product of a model under a recipe, and how much of the work.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "experiments/store/runs/tables.h"
#include "scaling/recipe/recipe.h"
#include "sim/model/weights.h"

namespace octavo::experiments {

/// What a forward pass computes, and what training does.
inline constexpr std::array kInferenceProducts{scaling::LinearProduct::fprop};
inline constexpr std::array kTrainingProducts{scaling::LinearProduct::fprop, scaling::LinearProduct::dgrad,
                                              scaling::LinearProduct::wgrad};

struct EngineUsage {
  std::vector<store::EngineRow> engines;      ///< most multiply-adds first
  std::vector<store::LayerEngineRow> layers;  ///< layer by layer, kind by kind; the head last
};

/// Of the linear layers and the head, whose engine is fp32; attention's own products and everything else in the
/// baseline type are no engine's and not counted. The engines are those that run: fp32 where an operand stays in the
/// baseline and the recipe's engine takes codes (sim/nn/linear). Throws Error for an engine that does not exist.
EngineUsage engine_usage(const sim::model::Weights& weights, const scaling::Recipe& recipe, const std::string& name,
                         std::span<const scaling::LinearProduct> products = kInferenceProducts);

/// Appends the usage's rows.
void add_to(store::Tables& tables, const EngineUsage& usage);

/// What ran: the description of the one engine, or those of several with their shares of the multiply-adds.
std::string engine_text(const EngineUsage& usage);

}  // namespace octavo::experiments
