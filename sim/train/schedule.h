// The learning rate of each step.
#pragma once

#include <cstdint>

#include "sim/nn/elementwise/elementary.h"
#include "sim/train/settings.h"

namespace octavo::sim::train {

/// Of step 0, 1, ...: a linear rise over `warmup` steps (the first has 1 / warmup of the rate), then constant, or half
/// a cosine down to final_rate at the last step.
inline double learning_rate(const Settings& settings, std::int64_t step) {
  if (step < settings.warmup)
    return settings.learning_rate * static_cast<double>(step + 1) / static_cast<double>(settings.warmup);
  if (settings.schedule == Schedule::constant) return settings.learning_rate;
  const std::int64_t last = settings.steps - 1 - settings.warmup;
  const double passed = last > 0 ? static_cast<double>(step - settings.warmup) / static_cast<double>(last) : 1.0;
  const double wave = 0.5 + 0.5 * nn::sin_cos(3.14159265358979323846 * (passed < 1.0 ? passed : 1.0)).cos;
  return settings.learning_rate * (settings.final_rate + (1.0 - settings.final_rate) * wave);
}

}  // namespace octavo::sim::train
