// From the RoPE pairing of llama2.c and GGUF to Hugging Face's, which models here use.
#pragma once

#include <cstdint>

#include "sim/file/tensor.h"

namespace octavo::sim::model {

/// Rows of q or k ([heads * d, K] or a bias [heads * d]; d even) from RoPE pairs (2i, 2i + 1) to pairs (i, i + d / 2).
file::Tensor rope_halves(const file::Tensor& rows, std::int64_t heads);

}  // namespace octavo::sim::model
