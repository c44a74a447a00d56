// The recipes that the studies compare: those of arXiv 2309.17224.
#pragma once

#include "formats/spec.h"
#include "scaling/recipe/recipe.h"

namespace octavo::experiments::studies {

/// The formats of weights and activations, and of the gradients of outputs.
struct FormatPair {
  formats::Spec forward = formats::e4m3fnuz;
  formats::Spec backward = formats::e5m2fnuz;
};

/// No casts; everything is rounded to FP16.
scaling::Recipe fp16_baseline();

/// FP8-AMAX with the margin of 3 for gradients that the paper's released code has; recipes/perez-2023-training.toml.
scaling::Recipe fp8_amax(const FormatPair& formats = {});

/// FP8-CSCALE: one constant bias for weights, activations and gradients.
scaling::Recipe fp8_cscale(int bias, const FormatPair& formats = {});

}  // namespace octavo::experiments::studies
