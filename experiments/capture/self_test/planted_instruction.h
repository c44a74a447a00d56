// One instruction with a deliberate error.
#pragma once

#include <cstdint>
#include <optional>

#include "experiments/capture/self_test/planted_error.h"
#include "sim/gemm/tensor_core/reference.h"

namespace octavo::experiments::capture {

/// dot_add() of the row, changed where the error is one of a single instruction.
std::uint32_t planted_instruction(std::optional<PlantedError> error, const sim::gemm::Architecture& row,
                                  const sim::gemm::Element* a, const sim::gemm::Element* b, std::uint32_t c);

}  // namespace octavo::experiments::capture
