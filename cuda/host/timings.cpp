// Timed passes and products.
#include "cuda/cublaslt/cublaslt.h"
#include "cuda/device/memory.h"
#include "cuda/device/time.h"
#include "cuda/host/cuda_gpu.h"

namespace octavo::cuda {

double CudaGpu::cast_seconds(Pass pass, std::span<const float> x, std::int64_t rows, std::int64_t columns,
                             int repetitions) {
  require(kernels_.cast != nullptr, "cast");
  const DeviceArray<float> input(x);
  const DeviceArray<std::uint8_t> codes(x.size());
  const DeviceArray<std::uint8_t> transposed(pass == Pass::cast_transposed ? x.size() : 0);
  const DeviceArray<std::int8_t> biases(static_cast<std::size_t>(rows * ((columns + 127) / 128)));
  const DeviceArray<std::uint32_t> amax(1);
  const DeviceArray<int> bias(1);
  check(kernels_.amax(input.data(), rows * columns, amax.data()), "amax");
  return device_seconds(repetitions, [&] {
    if (pass == Pass::amax)
      check(kernels_.amax(input.data(), rows * columns, amax.data()), "amax");
    else if (pass == Pass::block_cast)
      check(kernels_.block_cast(Fp8::e4m3, input.data(), rows, columns, codes.data(), biases.data()), "block cast");
    else
      check(kernels_.cast(Fp8::e4m3, input.data(), rows, columns, amax.data(), 0, codes.data(), transposed.data(),
                          bias.data()),
            "cast");
  });
}

double CudaGpu::gemm_seconds(std::int64_t promotion, std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                             std::int64_t m, std::int64_t n, std::int64_t k, int repetitions) {
  require(kernels_.gemm != nullptr, "wgmma GEMM");
  const DeviceArray<std::uint8_t> a_codes(a);
  const DeviceArray<std::uint8_t> b_codes(b);
  const DeviceArray<float> d(static_cast<std::size_t>(m * n));
  return device_seconds(repetitions, [&] {
    check(kernels_.gemm(Fp8::e4m3, Fp8::e4m3, promotion, a_codes.data(), b_codes.data(), nullptr, d.data(), m, n, k),
          "wgmma GEMM");
  });
}

double CudaGpu::library_seconds(const LibraryProduct& product, std::span<const std::uint8_t> a,
                                std::span<const std::uint8_t> b, int repetitions) {
  double seconds = 0;
  cublaslt_gemm(product, a, b, repetitions, &seconds);
  return seconds;
}

}  // namespace octavo::cuda
