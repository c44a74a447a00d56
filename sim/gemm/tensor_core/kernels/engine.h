// The engines of tensor cores: products of 8-bit codes with the bits of the described hardware and library.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "sim/gemm/engine.h"
#include "sim/gemm/tensor_core/kernels/kernel.h"
#include "sim/gemm/tensor_core/product.h"

namespace octavo::sim::gemm {

/// An engine that multiplies as `product` says: D is the accumulator (an f16 accumulator
/// widened). Throws Error as resolve() does, and for a row of 16-bit operands. `pack` throws Error for values instead
/// of codes, for a format that the instruction does not take, and for a depth that is not a multiple of the
/// instruction's k where filling up with zeros could change a bit. With `accumulate`, D's old content is the addend c
/// of the first instruction (rounded to nearest even if the accumulator is f16), or the initial FP32 sum if there is
/// promotion. Rows of block scales multiply the scales of their operands (Engine::native_scales); a last block that is
/// short, and K that is no multiple of the instruction's, are filled up with zeros.
std::unique_ptr<Engine> make_tensor_core(const TensorCoreProduct& product);

/// The same on one rung of the ladder, for tests and benchmarks; nothing: the reference.
std::unique_ptr<Engine> make_tensor_core(const TensorCoreProduct& product, std::optional<StepRung> rung);

/// True if some architecture of codes without block scales has this name.
bool is_tensor_core(std::string_view name);

/// Throws Error unless an operand for a row of block scales has codes of scales that it takes.
void check_scales(const Architecture& row, Side side, const Operand& operand);

/// Throws Error unless the operand holds codes of a format that the row takes, and K is a multiple of the instruction's
/// or zeros may fill it up without changing a bit.
void check_operand(const Architecture& row, Side side, const Operand& operand);

}  // namespace octavo::sim::gemm
