// Loss scaling: the loss is multiplied before the backward pass, so that small gradients survive a 16-bit baseline.
#pragma once

#include <cstdint>

#include "sim/train/settings.h"

namespace octavo::sim::train {

/// What a step's scaled weight gradients look like.
struct GradientRange {
  bool finite = true;
  double largest = 0.0;         ///< |g|
  double upper_fraction = 0.0;  ///< of gradients with |g| >= 65504 / 16
};

/// The scale of the next step, a function of the ranges so far. Powers of two, but for a constant that is none.
/// Sources (methods.md, 4.4): backoff, NVIDIA Apex and PyTorch's GradScaler: halve on a non-finite gradient and skip
/// the step, double after `window` clean ones. logmax, Kuchaiev et al.: the largest scale that keeps mean + 3 standard
/// deviations of log2 max|g| below log2 65504, over the steps so far (moving averages of weight 1/50 here). histogram,
/// Perez et al. 2022: halve if more than 1e-7 of the gradients are beyond 65504 / 16, else double every `window` steps.
struct LossScale {
  double value = 1.0;
  std::int64_t clean_steps = 0;
  double mean = 0.0;      ///< logmax: of log2 (max|g| / scale)
  double variance = 0.0;  ///< logmax
  std::int64_t seen = 0;  ///< logmax: steps that count

  bool operator==(const LossScale&) const = default;
};

/// The first scale.
LossScale first_loss_scale(const Settings& settings);

/// True if the kind answers a non-finite gradient with a smaller scale, so that the step is skipped.
bool recovers(LossScaling kind);

/// Takes in a step. The scale stays in [2^-24, 2^24].
void update(LossScale& scale, const Settings& settings, const GradientRange& range);

}  // namespace octavo::sim::train
