// Casting tensors to FP8 on a GPU under FP8-AMAX.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cuda/instruction.h"

namespace octavo::cuda {

class Casts {
 public:
  virtual ~Casts() = default;

  /// FP8-AMAX codes of a rows x columns tensor with their bias; `transposed` (may be null) gets columns x rows.
  struct Cast {
    std::vector<std::uint8_t> codes;
    int bias = 0;
    std::uint32_t amax_bits = 0;
  };
  virtual Cast cast(Fp8 format, std::span<const float> x, std::int64_t rows, std::int64_t columns, int margin,
                    std::vector<std::uint8_t>* transposed) = 0;

  /// Codes and FP8-AMAX biases of blocks of 1 x 128.
  struct BlockCast {
    std::vector<std::uint8_t> codes;
    std::vector<std::int8_t> biases;
  };
  virtual BlockCast block_cast(Fp8 format, std::span<const float> x, std::int64_t rows, std::int64_t columns) = 0;
};

}  // namespace octavo::cuda
