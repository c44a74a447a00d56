// The main job: constant scaling biases against AMAX and the baseline, over the whole model, by kind or by layer.
#pragma once

#include "experiments/evaluation/scoring.h"
#include "experiments/evaluation/subject.h"
#include "experiments/evaluation/sweep/sweep_grid.h"
#include "experiments/evaluation/sweep/sweep_tables.h"
#include "experiments/store/runs/part_folder.h"
#include "scaling/recipe/recipe.h"

namespace octavo::experiments {

/// Computes the points that `parts` lacks, assembles the run file and returns its tables. Layer points keep one
/// residual stream for all tokens and run only the decoders from the layer under test on; the AMAX recipe's weights are
/// cast once.
SweepResult sweep(const Subject& subject, const scaling::Recipe& recipe, const SweepFlags& flags,
                  const store::Header& header, store::PartFolder& parts, const Progress& progress);

}  // namespace octavo::experiments
