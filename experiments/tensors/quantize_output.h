// Tensors of a file, and what casts did to them, as text for people and as JSON for programs.
#pragma once

#include <string>

#include "experiments/tensors/quantize.h"

namespace octavo::experiments {

/// Name, dtype, shape and elements of every tensor. Touches no value.
std::string list_text(const sim::file::TensorFile& file);
std::string list_json(const sim::file::TensorFile& file);

/// A line for each row, * after the best SNR of several scalings; JSON has the histogram of codes too, and null for
/// what is infinite.
std::string quantize_text(const QuantizeResult& result);
std::string quantize_json(const QuantizeResult& result);

}  // namespace octavo::experiments
