// Reader of llama2.c's .bin models, version 0 (the one without a magic number).
#pragma once

#include <cstddef>

#include "sim/file/mapped_file.h"
#include "sim/model/weights.h"

namespace octavo::sim::model {

inline constexpr std::size_t llama2c_header_size = 28;

/// The model in `file`: seven int32 (width, hidden, layers, heads, key-value heads, vocabulary, context; a negative
/// vocabulary means a head of its own), then binary32 tensors. Everything but q and k, whose rows are permuted to this
/// project's RoPE pairing, is a view of the file. Norm epsilon 1e-5 and RoPE theta 10000, as llama2.c fixes them.
/// Throws Error for a size outside the limits of validate() or a file that is not exactly as long as the header asks.
/// Source: github.com/karpathy/llama2.c, export.py (legacy_export) and run.c.
Weights read_llama2c(const file::FileBytes& file);

}  // namespace octavo::sim::model
