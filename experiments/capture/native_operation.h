// A planned case as what the GPU's interface takes: instruction, conversion, or library product.
#pragma once

#include <string>

#include "cuda/instruction.h"
#include "cuda/library_product.h"
#include "experiments/capture/families/plan.h"
#include "experiments/replay/operation.h"

namespace octavo::experiments::capture {

/// Throws Error for a format that is not E4M3 or E5M2: no kernel takes another.
cuda::Fp8 native_format(const std::string& name);

/// Throws Error if there is no kernel for the conversion.
cuda::Conversion native_conversion(const replay::ConversionOperation& operation, const Form& form);

/// One instruction; of a case with layout gemm its whole tile.
cuda::Instruction native_instruction(const replay::ProductOperation& operation, const store::ProductCase& data,
                                     const Form& form);

/// The library's product, with the case's call if it has one.
cuda::LibraryProduct native_product(const replay::ProductOperation& operation, const store::ProductCase& data,
                                    const Form& form);

}  // namespace octavo::experiments::capture
