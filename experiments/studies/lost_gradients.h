// What an arithmetic and a loss scale leave of the derivatives of a model's parameters.
#pragma once

#include <vector>

#include "experiments/store/runs/rows/study_rows.h"
#include "experiments/studies/workshop/workshop.h"
#include "scaling/recipe/recipe.h"

namespace octavo::experiments::studies {

/// The derivatives of the mean loss over the first `sequences` training windows of the text, times `loss_scale`, by the
/// model's parameters under a recipe.
std::vector<float> scaled_gradients(const Workshop& workshop, const Trained& model, const scaling::Recipe& recipe,
                                    double loss_scale, std::int64_t sequences);

/// Compares gradients scaled by `loss_scale` with FP32's, unscaled, one for one. The numbers of the row alone.
store::LostGradientRow lost_gradients(const std::vector<float>& scaled, double loss_scale,
                                      const std::vector<float>& reference);

}  // namespace octavo::experiments::studies
