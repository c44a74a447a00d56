// Casts under FP8-AMAX.
#include "cuda/device/memory.h"
#include "cuda/host/cuda_gpu.h"

namespace octavo::cuda {

Casts::Cast CudaGpu::cast(Fp8 format, std::span<const float> x, std::int64_t rows, std::int64_t columns, int margin,
                          std::vector<std::uint8_t>* transposed) {
  require(kernels_.cast != nullptr, "fused cast");
  const DeviceArray<float> input(x);
  const DeviceArray<std::uint32_t> amax(1);
  const DeviceArray<int> bias(1);
  check(kernels_.amax(input.data(), static_cast<std::int64_t>(x.size()), amax.data()), "amax");
  const auto run = [&](std::uint8_t* codes, std::uint8_t* columns_first) {
    return kernels_.cast(format, input.data(), rows, columns, amax.data(), margin, codes, columns_first, bias.data());
  };
  Cast cast;
  cast.codes =
      results_of<std::uint8_t>("fused cast", x.size(), [&](std::uint8_t* codes) { return run(codes, nullptr); });
  if (transposed != nullptr) {
    const DeviceArray<std::uint8_t> codes(x.size());
    *transposed = results_of<std::uint8_t>(
        "transposed cast", x.size(), [&](std::uint8_t* columns_first) { return run(codes.data(), columns_first); });
    cast.codes = codes.values();
  }
  cast.bias = bias.values()[0];
  cast.amax_bits = amax.values()[0];
  return cast;
}

Casts::BlockCast CudaGpu::block_cast(Fp8 format, std::span<const float> x, std::int64_t rows, std::int64_t columns) {
  require(kernels_.block_cast != nullptr, "block cast");
  const DeviceArray<float> input(x);
  const DeviceArray<std::int8_t> biases(static_cast<std::size_t>(rows * ((columns + 127) / 128)));
  BlockCast cast;
  cast.codes = results_of<std::uint8_t>("block cast", x.size(), [&](std::uint8_t* codes) {
    return kernels_.block_cast(format, input.data(), rows, columns, codes, biases.data());
  });
  cast.biases = biases.values();
  return cast;
}

}  // namespace octavo::cuda
