// Tensors of checkpoints that are no parameters.
#pragma once

#include "sim/file/tensor_file.h"

namespace octavo::sim::model {

/// True for a tensor that changes nothing of what a model computes here, by its name (masks, positions, RoPE's
/// frequencies, which models here make themselves, and scales of FP8 caches and activations) or because it is of type
/// BOOL, as only masks are.
bool is_buffer(const file::TensorInfo& info);

}  // namespace octavo::sim::model
