// Types and operands as cuBLASLt has them.
#include "cuda/cublaslt/types.h"

#include <bit>

#include "cuda/layout/library_scales.h"
#include "formats/encode.h"
#include "formats/spec.h"

namespace octavo::cuda {

cudaDataType_t type_of(Fp8 format) { return format == Fp8::e4m3 ? CUDA_R_8F_E4M3 : CUDA_R_8F_E5M2; }

cudaDataType_t type_of(OutputType output) {
  switch (output) {
    case OutputType::f32:
      return CUDA_R_32F;
    case OutputType::f16:
      return CUDA_R_16F;
    case OutputType::bf16:
      return CUDA_R_16BF;
    case OutputType::e4m3:
      return CUDA_R_8F_E4M3;
    case OutputType::e5m2:
      return CUDA_R_8F_E5M2;
  }
  return CUDA_R_32F;
}

bool is_fp8(OutputType output) { return output == OutputType::e4m3 || output == OutputType::e5m2; }

std::size_t bytes_of(cudaDataType_t type) {
  return type == CUDA_R_32F ? 4u : type == CUDA_R_16F || type == CUDA_R_16BF ? 2u : 1u;
}

std::vector<std::uint8_t> as_bytes(cudaDataType_t type, std::span<const float> values) {
  std::vector<std::uint8_t> bytes;
  for (float value : values) {
    std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
    if (type != CUDA_R_32F)
      bits = formats::encode(type == CUDA_R_16F ? formats::fp16 : formats::bf16, formats::Rounding::nearest_even,
                             formats::Overflow::special, value);
    for (std::size_t i = 0; i < bytes_of(type); ++i) bytes.push_back(static_cast<std::uint8_t>(bits >> (8 * i)));
  }
  return bytes;
}

std::vector<std::uint32_t> from_bytes(cudaDataType_t type, const std::vector<std::uint8_t>& bytes) {
  const std::size_t width = bytes_of(type);
  std::vector<std::uint32_t> values(bytes.size() / width);
  for (std::size_t i = 0; i < bytes.size(); ++i) values[i / width] |= std::uint32_t{bytes[i]} << (i % width * 8);
  return values;
}

cublasLtMatmulMatrixScale_t mode_of(ScaleMode mode) {
  switch (mode) {
    case ScaleMode::tensor:
      return CUBLASLT_MATMUL_MATRIX_SCALE_SCALAR_32F;
    case ScaleMode::outer:
      return CUBLASLT_MATMUL_MATRIX_SCALE_OUTER_VEC_32F;
    case ScaleMode::vec_128:
      return CUBLASLT_MATMUL_MATRIX_SCALE_VEC128_32F;
    case ScaleMode::block_128x128:
      return CUBLASLT_MATMUL_MATRIX_SCALE_BLK128x128_32F;
  }
  return CUBLASLT_MATMUL_MATRIX_SCALE_SCALAR_32F;
}

std::vector<float> laid_out(ScaleMode mode, const std::vector<float>& scales, std::int64_t rows, std::int64_t k) {
  if (scales.empty()) return {1.0F};
  const auto placed = [&](const auto& layout) {
    std::vector<float> to(static_cast<std::size_t>(layout.count()));
    for (std::size_t i = 0; i < scales.size(); ++i) {
      const auto at = static_cast<std::int64_t>(i);
      to[static_cast<std::size_t>(layout.index(at / layout.blocks(), at % layout.blocks()))] = scales[i];
    }
    return to;
  };
  if (mode == ScaleMode::vec_128) return placed(layout::RowScales{rows, k});
  if (mode == ScaleMode::block_128x128) return placed(layout::TileScales{rows, k});
  return scales;
}

}  // namespace octavo::cuda
