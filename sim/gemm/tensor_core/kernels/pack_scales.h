// Packing operands whose scales the tensor core multiplies itself.
#pragma once

#include <cstdint>
#include <memory>

#include "sim/gemm/engine.h"
#include "sim/gemm/tensor_core/kernels/packed.h"

namespace octavo::sim::gemm {

/// The code without sign of the scale of elements [k, k + scale_depth) of a row of an operand with scale codes, 1
/// beyond its depth and for NaN, which `nan` then tells.
std::uint8_t scale_code(const Operand& operand, std::int64_t row, std::int64_t k, bool& nan);

/// The scales of mxf8f6f4 for codes that are packed already; rows with a scale of NaN become special.
void pack_step_scales(const Operand& operand, PackedSteps& packed);

/// Codes and scales of mxf4nvf4.
std::unique_ptr<PackedSteps> pack_scaled_groups(const Architecture& row, Side side, const Operand& operand);

}  // namespace octavo::sim::gemm
