// AdamW (Loshchilov and Hutter, arXiv 1711.05101) over one flat buffer.
#pragma once

#include <cstdint>
#include <span>

#include "sim/train/settings.h"

namespace octavo::sim::train {

/// One parameter tensor's share of the buffers, all of equal length.
struct AdamTensors {
  std::span<float> values;
  std::span<const float> gradients;  ///< times `gradient_factor`
  std::span<float> first;            ///< moments
  std::span<float> second;
};

/// Update number `update` (1, 2, ...) at `rate`: with g = gradients * factor,
/// m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2, w = w (1 - rate * decay) - rate / (1 - b1^n) m /
/// (sqrt(v) / sqrt(1 - b2^n) + epsilon), in binary32, each operation rounded, as PyTorch's does it on one tensor: from
/// left to right, with the factors that the elements share (1 - b1, rate / (1 - b1^n), ...) computed in binary64 and
/// rounded once.
/// A 16-bit master is rounded to nearest even afterwards.
void adamw(const AdamTensors& tensors, const Settings& settings, double rate, std::int64_t update, float factor,
           double decay);

}  // namespace octavo::sim::train
