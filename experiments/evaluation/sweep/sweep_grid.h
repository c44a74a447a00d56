// The points of a sweep, and the recipe of each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "experiments/evaluation/verdict.h"
#include "experiments/store/run_words.h"
#include "formats/spec.h"
#include "scaling/recipe/recipe.h"
#include "sim/model/config.h"

namespace octavo::experiments {

using store::Scope;
using store::Tested;

/// Consecutive constant biases, both ends included.
struct BiasRange {
  int first = -8;
  int last = 8;
};

/// Every bias of the weights with every bias of the activations.
struct BiasGrid {
  BiasRange weight;
  BiasRange activation;
};

struct SweepFlags {
  BiasRange bias;                ///< one bias for all that is under test
  std::optional<BiasGrid> grid;  ///< in its place: of the whole model, weights and activations apart
  Scope by = Scope::model;
  Tested role = Tested::both;
  std::optional<formats::Spec> format;  ///< of what is under test, in place of the recipe's
  Criterion criterion = Criterion::loss;
  bool record_all = false;  ///< all tensors at every point, not only the target's
};

/// One point of the grid. What is under test takes its constant bias; everything else follows the recipe.
struct SweepPoint {
  store::Policy policy = store::Policy::baseline;  ///< or amax, recipe, cscale
  Scope scope = Scope::model;
  std::string target{};
  std::int32_t bias = store::kNoBias;             ///< of all that is under test; kNoBias on a grid
  std::int32_t weight_bias = store::kNoBias;      ///< of the weights, if they are under test
  std::int32_t activation_bias = store::kNoBias;  ///< likewise
  std::int64_t layer = -1;                        ///< of a layer point
};

/// Baseline, AMAX, the recipe as it is written (unless that is the AMAX point), then the constant biases ascending,
/// target by target; on a grid weight bias by weight bias. Throws Error if the recipe casts nothing of what is under
/// test.
std::vector<SweepPoint> sweep_grid(const sim::model::Config& config, const scaling::Recipe& recipe,
                                   const SweepFlags& flags);

/// The recipe of one point. Throws Error if the recipe casts nothing of what is under test.
scaling::Recipe recipe_at(const SweepPoint& point, const scaling::Recipe& recipe, const SweepFlags& flags,
                          const sim::model::Config& config);

/// The linear layers that a point tests, as a recipe's wildcard over their names.
std::string pattern_of(const SweepPoint& point);

/// Whether tensors of this role are under test.
bool is_tested(Tested tested, scaling::Role role);

/// What a point is called where it is computed or printed: its policy, or its target and biases.
std::string text_of(const SweepPoint& point);

}  // namespace octavo::experiments
