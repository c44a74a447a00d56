// An FP8 product on cuBLASLt with every option of its descriptor, as plain data.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cuda/instruction.h"

namespace octavo::cuda {

enum class OutputType : std::uint8_t { f32, f16, bf16, e4m3, e5m2 };

/// How many scales an FP8 operand has. Which modes a GPU offers is the library's to say (on an H100: all of these with
/// cuBLASLt 12.9 or newer).
enum class ScaleMode : std::uint8_t {
  tensor,         ///< one f32
  outer,          ///< f32 for each row of A, for each row of B
  vec_128,        ///< f32 for each 1 x 128 block
  block_128x128,  ///< f32 for each 128 x 128 block
};

/// D = d_scale * (alpha * a_scale * b_scale * A B^T + beta * c_scale * C + bias), A m x k, B n x k, D m x n, all
/// row-major; m, n, k multiples of 16.
struct LibraryProduct {
  Fp8 a = Fp8::e4m3;
  Fp8 b = Fp8::e4m3;  ///< E5M2 on both sides is not a product that the library has
  OutputType output = OutputType::f32;
  bool fast_accumulation = true;
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  float alpha = 1;
  float beta = 0;
  ScaleMode a_mode = ScaleMode::tensor;
  ScaleMode b_mode = ScaleMode::tensor;
  std::vector<float> a_scales{};  ///< empty: 1; else rows (or blocks of them) x blocks of K, row-major
  std::vector<float> b_scales{};
  float c_scale = 1;
  float d_scale = 1;          ///< used if D is of an FP8 type
  std::vector<float> bias{};  ///< empty, or n values; rounded to bf16, or f16 where D is f16
  std::vector<float> c{};     ///< empty, or m x n; bf16 where D is of an FP8 type, else D's type
  bool amax = false;          ///< ask for the largest |value| before d_scale (FP8 outputs)
  int split_k = 0;  ///< parts; 0: as the library's heuristic chooses; more than 1: by the first proposal that takes it
  int algorithm = 0;  ///< which of the heuristic's proposals, 0 the first
};

/// What the library did.
struct LibraryResult {
  std::vector<std::uint32_t> d;  ///< m x n, row-major, bits of the output type
  float amax = 0;
  int proposals = 0;      ///< of the heuristic
  int algorithm_id = -1;  ///< cuBLASLt's numbers for kernel, tile, stages, split-K and reduction scheme
  int tile = 0;
  int stages = 0;
  int split_k = 0;
  int reduction = 0;
};

}  // namespace octavo::cuda
