// Greedy continuation of a prompt with a key-value cache.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/model/transformer.h"

namespace octavo::sim::model {

/// Extends `prompt` (at least one id) by up to `count` tokens, each the one with the largest logit (the lowest id among
/// equals); stops after `stop` or at the end of the context. Under an activation cast with just-in-time scaling each
/// step is a micro-batch of its own.
std::vector<std::int32_t> generate(Transformer<float>& model, std::vector<std::int32_t> prompt, std::int64_t count,
                                   std::int32_t stop = -1);

}  // namespace octavo::sim::model
