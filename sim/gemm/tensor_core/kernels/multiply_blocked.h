// A product in panels on the vector kernels: the same bits as the reference, fast.
#pragma once

#include <cstdint>
#include <memory>

#include "machine/instruction_set.h"
#include "sim/gemm/engine.h"
#include "sim/gemm/tensor_core/kernels/kernel.h"
#include "sim/gemm/tensor_core/product.h"

namespace octavo::sim::gemm {

/// True if the kernels evaluate this row: fused datapath, chained groups, neutral zero products.
bool can_block(const Architecture& row);

/// Codes in the layout of the kernels: rows of A one after the other, columns of B in panels.
std::unique_ptr<Packed> pack_blocked(const TensorCoreProduct& product, const Architecture& row, Side side,
                                     const Operand& operand);

/// As Engine::multiply. Outputs that a NaN, an infinity or an addend of extreme size reaches are taken from the
/// reference.
void multiply_blocked(const TensorCoreProduct& product, const Architecture& row, machine::InstructionSet set,
                      StepRung rung, const Packed& a, const Packed& b, float* d, std::int64_t ldd, bool accumulate);

}  // namespace octavo::sim::gemm
