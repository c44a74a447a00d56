// The points of a sweep, and the recipe of each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/store/run_words.h"
#include "scaling/recipe/recipe.h"
#include "sim/model/config.h"

namespace octavo::experiments {

using store::Scope;
using store::Tested;

struct SweepFlags {
  int first_bias = -8;
  int last_bias = 8;
  Scope by = Scope::model;
  Tested role = Tested::both;
  bool record_all = false;  ///< all tensors at every point, not only the target's
};

/// One point of the grid. What is under test takes the constant bias; everything else follows the recipe.
struct SweepPoint {
  store::Policy policy = store::Policy::baseline;  ///< or amax, cscale
  Scope scope = Scope::model;
  std::string target{};
  std::int32_t bias = store::kNoBias;
  std::int64_t layer = -1;  ///< of a layer point
};

/// Baseline, AMAX, then the constant biases ascending, target by target.
std::vector<SweepPoint> sweep_grid(const sim::model::Config& config, const SweepFlags& flags);

/// The recipe of one point. Throws Error if the recipe casts nothing of what is under test.
scaling::Recipe recipe_at(const SweepPoint& point, const scaling::Recipe& recipe, const SweepFlags& flags,
                          const sim::model::Config& config);

/// The linear layers that a point tests, as a recipe's wildcard over their names.
std::string pattern_of(const SweepPoint& point);

/// Whether tensors of this role are under test.
bool is_tested(Tested tested, scaling::Role role);

}  // namespace octavo::experiments
