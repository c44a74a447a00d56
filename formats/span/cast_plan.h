// From a format and its modes to the numbers of the vector kernels, and the kernels of the instruction set in use.
#pragma once

#include <optional>

#include "formats/rounding.h"
#include "formats/span/kernels/measure_kernel.h"
#include "formats/span/kernels/quantize_kernel.h"
#include "formats/span/kernels/rounding_kernel.h"
#include "formats/spec.h"

namespace octavo::formats {

/// Rounding to nearest even. Nothing for formats that the kernel does not cover: those without zero (E8M0: any
/// rounding's kernel takes it), integers, and those with normal values below or a last place far above the normal range
/// of binary32.
std::optional<quantize_kernel::Plan> nearest_plan(const Spec& spec, Overflow overflow);

/// Any rounding, with `random_bits` (at most 24) for a stochastic one. Nothing for formats with normal values below the
/// normal range of binary32, except that one without zero may begin with the highest binade of the subnormal values.
std::optional<rounding_kernel::Plan> rounding_plan(const Spec& spec, Rounding rounding, Overflow overflow,
                                                   int random_bits);

const quantize_kernel::Kernels& nearest_kernels();
const rounding_kernel::Kernels& rounding_kernels();
const measure_kernel::Kernels& measure_kernels();

}  // namespace octavo::formats
