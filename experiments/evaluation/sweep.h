// The main job: constant scaling biases against AMAX and the baseline, over the whole model, by kind or by layer.
#pragma once

#include <functional>
#include <string>

#include "experiments/evaluation/subject.h"
#include "experiments/evaluation/sweep_grid.h"
#include "experiments/evaluation/sweep_tables.h"
#include "experiments/store/runs/part_folder.h"
#include "scaling/recipe/recipe.h"

namespace octavo::experiments {

/// The share of work done, in [0, 1], and what is being computed.
using Progress = std::function<void(double, const std::string&)>;

/// Computes the points that `parts` lacks, assembles the run file and returns its tables. Layer points keep one
/// residual stream for all tokens and run only the decoders from the layer under test on; the AMAX recipe's weights are
/// cast once.
SweepResult sweep(const Subject& subject, const scaling::Recipe& recipe, const SweepFlags& flags,
                  const store::Header& header, store::PartFolder& parts, const Progress& progress);

}  // namespace octavo::experiments
