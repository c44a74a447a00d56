// A CUDA device behind the interface: operands up, launch, results down.
#pragma once

#include <string>
#include <utility>

#include "cuda/gpu.h"
#include "cuda/kernels/kernels.h"

namespace octavo::cuda {

class CudaGpu final : public Gpu {
 public:
  CudaGpu(Device device, const Kernels& kernels) : device_(std::move(device)), kernels_(kernels) {}

  const Device& device() const override { return device_; }

  std::vector<std::uint32_t> convert(const Conversion& conversion, std::span<const std::uint32_t> in) override;
  std::vector<std::uint32_t> conversion_digests(const Conversion& conversion,
                                                std::span<const std::uint32_t> uppers) override;
  std::vector<std::uint32_t> mma_dots(const Instruction& instruction, std::span<const std::uint8_t> a,
                                      std::span<const std::uint8_t> b, std::span<const std::uint32_t> c) override;
  std::vector<std::uint32_t> wgmma_dots(const Instruction& instruction, std::span<const std::uint8_t> a,
                                        std::span<const std::uint8_t> b, std::span<const std::uint32_t> c) override;
  std::vector<std::uint32_t> sparse_dots(const Instruction& instruction, std::span<const std::uint8_t> a,
                                         std::span<const std::uint8_t> selected, std::span<const std::uint8_t> b,
                                         std::span<const std::uint32_t> c) override;

  std::vector<std::uint32_t> gemm(Fp8 a_format, Fp8 b_format, std::int64_t promotion, std::span<const std::uint8_t> a,
                                  std::span<const std::uint8_t> b, std::span<const float> c, std::int64_t m,
                                  std::int64_t n, std::int64_t k) override;
  LibraryResult library_gemm(const LibraryProduct& product, std::span<const std::uint8_t> a,
                             std::span<const std::uint8_t> b) override;

  Cast cast(Fp8 format, std::span<const float> x, std::int64_t rows, std::int64_t columns, int margin,
            std::vector<std::uint8_t>* transposed) override;
  BlockCast block_cast(Fp8 format, std::span<const float> x, std::int64_t rows, std::int64_t columns) override;

  double cast_seconds(Pass pass, std::span<const float> x, std::int64_t rows, std::int64_t columns,
                      int repetitions) override;
  double gemm_seconds(std::int64_t promotion, std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                      std::int64_t m, std::int64_t n, std::int64_t k, int repetitions) override;
  double library_seconds(const LibraryProduct& product, std::span<const std::uint8_t> a,
                         std::span<const std::uint8_t> b, int repetitions) override;

 private:
  using Launcher = decltype(Kernels::dots);

  void require(bool there, const char* what) const;
  std::vector<std::uint32_t> dots(Launcher launcher, int rows, int columns, const char* what,
                                  const Instruction& instruction, std::span<const std::uint8_t> a,
                                  std::span<const std::uint8_t> b, std::span<const std::uint32_t> c) const;

  Device device_;
  Kernels kernels_;
};

}  // namespace octavo::cuda
