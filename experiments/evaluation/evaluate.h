// Loss, perplexity and next-token accuracy of one model on one text under one recipe.
#pragma once

#include "experiments/evaluation/recorder.h"
#include "experiments/evaluation/scoring.h"
#include "experiments/store/runs/run.h"

namespace octavo::experiments {

/// The run of an eval file. Tensors are recorded if `record`.
store::Run evaluate(const Subject& subject, const scaling::Recipe& recipe, const TensorAxis& axis, bool record,
                    const Progress& progress);

}  // namespace octavo::experiments
