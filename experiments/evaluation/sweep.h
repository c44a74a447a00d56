// The main job: constant scaling biases against AMAX and the baseline, over the whole model, by kind or by layer.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "experiments/evaluation/subject.h"
#include "experiments/store/runs/parts.h"
#include "experiments/store/runs/rows/sweep_rows.h"
#include "scaling/recipe/recipe.h"

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

struct SweepResult {
  std::vector<store::SweepRow> rows;
  std::vector<store::IntervalRow> intervals;
};

/// Baseline, AMAX, then the constant biases ascending, target by target.
std::vector<SweepPoint> sweep_grid(const sim::model::Config& config, const SweepFlags& flags);

/// The recipe of one point. Throws Error if the recipe casts nothing of what is under test.
scaling::Recipe recipe_at(const SweepPoint& point, const scaling::Recipe& recipe, const SweepFlags& flags,
                          const sim::model::Config& config);

/// The share of work done, in [0, 1], and what is being computed.
using Progress = std::function<void(double, const std::string&)>;

/// Computes the points that `parts` lacks, assembles the run file and returns its tables. Layer points keep one
/// residual stream for all tokens and run only the decoders from the layer under test on; the AMAX recipe's weights are
/// cast once.
SweepResult sweep(const Subject& subject, const scaling::Recipe& recipe, const SweepFlags& flags,
                  const store::Header& header, store::Parts& parts, const Progress& progress);

/// The longest run of consecutive biases whose relative accuracy + 2 standard errors is at least 0.995, the lower one
/// among equals. `rows`: the constant-bias rows of one target, ascending.
store::IntervalRow longest_interval(const std::vector<store::SweepRow>& rows);

}  // namespace octavo::experiments
