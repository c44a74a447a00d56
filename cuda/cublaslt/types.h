// Types, numbers and scales of operands as cuBLASLt has them.
#pragma once

#include <cublasLt.h>

#include <cstdint>
#include <span>
#include <vector>

#include "cuda/library_product.h"

namespace octavo::cuda {

cudaDataType_t type_of(Fp8 format);
cudaDataType_t type_of(OutputType output);
bool is_fp8(OutputType output);
std::size_t bytes_of(cudaDataType_t type);

/// Values in a type of the library, as bytes (nearest even).
std::vector<std::uint8_t> as_bytes(cudaDataType_t type, std::span<const float> values);
/// The bits of such values.
std::vector<std::uint32_t> from_bytes(cudaDataType_t type, const std::vector<std::uint8_t>& bytes);

cublasLtMatmulMatrixScale_t mode_of(ScaleMode mode);

/// The scales of an operand of rows x k, where the library looks for them; one that is 1 if there are none.
std::vector<float> laid_out(ScaleMode mode, const std::vector<float>& scales, std::int64_t rows, std::int64_t k);

}  // namespace octavo::cuda
