// AdamW (Loshchilov and Hutter, arXiv 1711.05101) over one tensor.
#pragma once

#include <cstdint>
#include <span>

#include "scaling/recipe/recipe.h"

namespace octavo::sim::train {

/// One update, the same for all tensors.
struct AdamW {
  double rate = 0.0;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  std::int64_t number = 1;                             ///< of the update: 1, 2, ...
  float factor = 1.0F;                                 ///< on gradients
  scaling::Baseline master = scaling::Baseline::fp32;  ///< what updated values are rounded to
};

/// One parameter tensor and what belongs to it, all of equal length.
struct AdamTensors {
  std::span<float> values;
  std::span<const float> gradients;
  std::span<float> first;  ///< moments
  std::span<float> second;
};

/// With g = gradients * factor and n the update's number, m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2,
/// w = w (1 - rate * decay) - rate / (1 - b1^n) m / (sqrt(v) / sqrt(1 - b2^n) + epsilon), in binary32, each operation
/// rounded, as PyTorch's does it on one tensor: from left to right, with the factors that the elements share (1 - b1,
/// rate / (1 - b1^n), ...) computed in binary64 and rounded once.
/// A 16-bit master is rounded to nearest even afterwards.
void adamw(const AdamTensors& tensors, const AdamW& update, double decay);

}  // namespace octavo::sim::train
