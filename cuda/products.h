// Whole products on a GPU: by the kernel of ours, and by cuBLASLt.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cuda/instruction.h"
#include "cuda/library_product.h"

namespace octavo::cuda {

class Products {
 public:
  virtual ~Products() = default;

  /// D = A B^T + C by chained wgmma; promotion 0, 32, 64 or 128; c may be empty: zeros. Bits of f32.
  virtual std::vector<std::uint32_t> gemm(Fp8 a_format, Fp8 b_format, std::int64_t promotion,
                                          std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                                          std::span<const float> c, std::int64_t m, std::int64_t n, std::int64_t k) = 0;

  virtual LibraryResult library_gemm(const LibraryProduct& product, std::span<const std::uint8_t> a,
                                     std::span<const std::uint8_t> b) = 0;
};

}  // namespace octavo::cuda
