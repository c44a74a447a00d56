// Codes and their scales as values, for engines that multiply values.
#pragma once

#include <memory>
#include <vector>

#include "sim/gemm/operand.h"

namespace octavo::sim::gemm {

/// value = decode(code) * inverse, the product in binary32, for an operand of codes: a dense operand of values in
/// `storage` that lies as the codes do.
Operand restored(const Operand& operand, std::unique_ptr<float[]>& storage);

/// The inverse scale of element (row, k) of an operand of codes; 1 where it has none. NaN where the scale is.
float inverse_of(const Scales& scales, std::int64_t row, std::int64_t k);

/// The scales as codes of shape.format, in `storage` unless they have them: an inverse that is a power of two as E8M0
/// (NaN as 0xFF). Throws Error that names `which` operand for other inverses.
Scales with_codes(const Scales& scales, const Operand& operand, const char* which, std::vector<std::uint8_t>& storage);

}  // namespace octavo::sim::gemm
