// Whole products.
#include <cassert>

#include "cuda/cublaslt/cublaslt.h"
#include "cuda/device/memory.h"
#include "cuda/host/cuda_gpu.h"

namespace octavo::cuda {

std::vector<std::uint32_t> CudaGpu::gemm(Fp8 a_format, Fp8 b_format, std::int64_t promotion,
                                         std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                                         std::span<const float> c, std::int64_t m, std::int64_t n, std::int64_t k) {
  require(kernels_.gemm != nullptr, "wgmma GEMM");
  assert(static_cast<std::int64_t>(a.size()) == m * k && static_cast<std::int64_t>(b.size()) == n * k);
  const DeviceArray<std::uint8_t> a_codes(a);
  const DeviceArray<std::uint8_t> b_codes(b);
  const DeviceArray<float> addend(c);
  return results_of<std::uint32_t>("wgmma GEMM", static_cast<std::size_t>(m * n), [&](std::uint32_t* d) {
    return kernels_.gemm(a_format, b_format, promotion, a_codes.data(), b_codes.data(), addend.data(),
                         reinterpret_cast<float*>(d), m, n, k);
  });
}

LibraryResult CudaGpu::library_gemm(const LibraryProduct& product, std::span<const std::uint8_t> a,
                                    std::span<const std::uint8_t> b) {
  return cublaslt_gemm(product, a, b);
}

}  // namespace octavo::cuda
