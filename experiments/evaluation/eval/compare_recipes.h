// One model and text under several recipes, each beside the model without casts and beside the first recipe.
#pragma once

#include <string>
#include <vector>

#include "experiments/evaluation/non_finite.h"
#include "experiments/evaluation/recorder.h"
#include "experiments/evaluation/subject.h"
#include "experiments/evaluation/verdict.h"
#include "experiments/store/runs/rows/eval_rows.h"

namespace octavo::experiments {

struct NamedRecipe {
  std::string name;
  scaling::Recipe recipe;
};

struct EvalFlags {
  Criterion criterion = Criterion::loss;
  bool every_tensor = false;  ///< record what is not cast, too
};

struct EvalResult {
  std::vector<store::EvalRow> rows;  ///< a row a run
  std::vector<store::Run> runs;
  std::vector<NonFinite> non_finite;  ///< of each run
};

/// Without recipes: the model without casts, in binary32. With: for each baseline type that they have, the model
/// without casts in it, before the first recipe that is held against it; all are scored on the same tokens. The streams
/// of a baseline are kept while recipes are held against it (score_and_keep). `axis`: of every tensor.
EvalResult compare_recipes(const Subject& subject, const std::vector<NamedRecipe>& recipes, const TensorAxis& axis,
                           const EvalFlags& flags, const Progress& progress);

}  // namespace octavo::experiments
