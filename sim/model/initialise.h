// Random weights to start a training run from.
#pragma once

#include <cstdint>
#include <string>

#include "sim/model/weights.h"

namespace octavo::sim::model {

/// GPT-2's scheme: matrices and embeddings normal with standard deviation 0.02, the two that end a branch (attention
/// out, mlp down) 0.02 / sqrt(2 layers); gains 1, biases 0; GPT's linear layers have biases, Llama's have none. A
/// function of seed and tensor. Throws Error, naming `where`, for a config that no model can have.
Weights initialise(const Config& config, std::uint64_t seed, const std::string& where);

}  // namespace octavo::sim::model
