// Mean seconds that work takes on the device, for benchmarks.
#pragma once

#include <cstdint>
#include <span>

#include "cuda/library_product.h"

namespace octavo::cuda {

class Timings {
 public:
  virtual ~Timings() = default;

  /// One pass over a tensor.
  enum class Pass : std::uint8_t { amax, cast, cast_transposed, block_cast };
  virtual double cast_seconds(Pass pass, std::span<const float> x, std::int64_t rows, std::int64_t columns,
                              int repetitions) = 0;

  /// Products of E4M3.
  virtual double gemm_seconds(std::int64_t promotion, std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                              std::int64_t m, std::int64_t n, std::int64_t k, int repetitions) = 0;
  virtual double library_seconds(const LibraryProduct& product, std::span<const std::uint8_t> a,
                                 std::span<const std::uint8_t> b, int repetitions) = 0;
};

}  // namespace octavo::cuda
