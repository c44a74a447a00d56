// What octavo gemm found, as text and as JSON.
#pragma once

#include <string>

#include "experiments/products/gemm.h"

namespace octavo::experiments {

/// Operands, a line of errors for each engine against the reference, and the first outputs that differ. JSON and the
/// file have everything that decides an engine's bits.
std::string gemm_text(const GemmResult& result);

/// null stands for a number that is not finite.
std::string gemm_json(const GemmResult& result);

}  // namespace octavo::experiments
