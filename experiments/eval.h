// Loss, perplexity and next-token accuracy of one model on one text under one recipe.
#pragma once

#include "experiments/evaluate.h"
#include "experiments/recorder.h"
#include "experiments/store/run.h"
#include "experiments/sweep.h"

namespace octavo::experiments {

/// The run of an eval file. Tensors are recorded if `record`.
store::Run eval(const Subject& subject, const scaling::Recipe& recipe, const TensorAxis& axis, bool record,
                const Progress& progress);

}  // namespace octavo::experiments
