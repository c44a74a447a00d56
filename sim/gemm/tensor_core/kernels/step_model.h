// A row of the table and two formats as the numbers and tables that a step of the kernels works with.
#pragma once

#include "formats/spec.h"
#include "sim/gemm/tensor_core/architectures.h"
#include "sim/gemm/tensor_core/kernels/kernel.h"

namespace octavo::sim::gemm {

/// For a row that the kernels evaluate (can_block) and formats that it takes; `scales` counts for scaled groups.
StepModel step_model(const Architecture& row, const formats::Spec& a, const formats::Spec& b,
                     const formats::Spec& scales = {});

}  // namespace octavo::sim::gemm
