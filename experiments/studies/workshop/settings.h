// How the studies train: the settings of each kind of training at each scale.
#pragma once

#include <cstdint>
#include <string>

#include "experiments/studies/workshop/model_size.h"
#include "sim/train/settings.h"

namespace octavo::experiments::studies {

/// On the text, all its steps, seed 1.
sim::train::Settings pretraining_settings(const ModelSize& size, Scale scale);

/// On the text, a quarter of the pretraining's steps.
sim::train::Settings from_scratch_settings(const ModelSize& size, Scale scale, std::uint64_t seed);

/// On the sentences.
sim::train::Settings fine_tuning_settings(const ModelSize& size, Scale scale, std::uint64_t seed);

/// All of them, a line each.
std::string text_of(const sim::train::Settings& settings);

}  // namespace octavo::experiments::studies
