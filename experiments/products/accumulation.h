// octavo run accumulation: what engines, promotion intervals and K do to products and to a model's loss.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/evaluation/scoring.h"
#include "experiments/evaluation/subject.h"
#include "experiments/store/runs/rows/product_rows.h"
#include "scaling/recipe/recipe.h"

namespace octavo::experiments {

struct AccumulationFlags {
  std::uint64_t seed = 0;
  std::int64_t side = 64;             ///< products are side x side
  std::int64_t largest_depth = 4096;  ///< K is 32, 64, ... up to this
};

/// Products of E4M3 codes, uniform on [0, 1) and normal, cast as they are (bias 0): each engine against the exact sum
/// of the same codes. One row a distribution, K and engine. The promotion interval varies for hopper-wgmma.
std::vector<store::AccumulationRow> accumulation(const AccumulationFlags& flags, const Progress& progress);

/// The model under the recipe on each engine, in the order of the engines, exact first: loss, and its increase over
/// exact, paired by token. The recipe's own engine does not matter.
std::vector<store::AccumulationModelRow> accumulation_of_model(const Subject& subject, const scaling::Recipe& recipe,
                                                               const Progress& progress);

/// Tables as text and JSON (null stands for a number that is not finite).
std::string accumulation_text(const std::vector<store::AccumulationRow>& rows,
                              const std::vector<store::AccumulationModelRow>& model);
std::string accumulation_json(const std::vector<store::AccumulationRow>& rows,
                              const std::vector<store::AccumulationModelRow>& model);

}  // namespace octavo::experiments
