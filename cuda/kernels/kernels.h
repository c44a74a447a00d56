// What an architecture offers: launchers of its kernels as a table, so that the host chooses by the device it finds.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "cuda/instruction.h"

namespace octavo::cuda {

/// Dot products with sparse a: count x 32 codes that are stored, and for each of the 16 groups of four along K which
/// two of them those are (four bits in a byte, as cuda/layout/sparse_metadata.h says); b is count x 64 codes.
struct SparseDots {
  const std::uint8_t* a;
  const std::uint8_t* selected;
  const std::uint8_t* b;
  const std::uint32_t* c;
  std::uint32_t* d;
  std::int64_t count;
};

/// Every pointer is to device memory, every launcher runs on the default stream and returns what the launch said.
/// A null entry: the architecture has no such instruction, or no kernel for it was compiled.
struct Kernels {
  /// out[i] = conversion of in[i], bits in the low end of each word.
  cudaError_t (*convert)(const Conversion&, const std::uint32_t* in, std::uint32_t* out, std::int64_t count) = nullptr;

  /// out[i] = digest of the outputs (8 bits) of the 65,536 f32 whose upper half is uppers[i], ascending.
  cudaError_t (*conversion_digests)(const Conversion&, const std::uint32_t* uppers, std::uint32_t* out,
                                    std::int64_t count) = nullptr;

  /// d[i] = c[i] + a[i] . b[i] by one instruction; a and b are count x instruction.depth codes. Of whole products count
  /// is their number, a and b have the instruction's rows and columns each, c and d rows x columns. A form that was not
  /// compiled answers cudaErrorInvalidValue.
  cudaError_t (*dots)(const Instruction&, const std::uint8_t* a, const std::uint8_t* b, const std::uint32_t* c,
                      std::uint32_t* d, std::int64_t count) = nullptr;

  /// The same with wgmma.
  cudaError_t (*wgmma_dots)(const Instruction&, const std::uint8_t* a, const std::uint8_t* b, const std::uint32_t* c,
                            std::uint32_t* d, std::int64_t count) = nullptr;

  /// d[i] = c[i] + a[i] . b[i] by one sparse wgmma m64n8k64 each.
  cudaError_t (*sparse_dots)(const Instruction&, const SparseDots&) = nullptr;

  /// D = A B^T + C in f32: a is m x k codes, b is n x k, c (may be null) and d are m x n; k is a multiple of 16.
  /// `promotion` is the K elements between additions to the f32 sum (0: never).
  cudaError_t (*gemm)(Fp8 a_format, Fp8 b_format, std::int64_t promotion, const std::uint8_t* a, const std::uint8_t* b,
                      const float* c, float* d, std::int64_t m, std::int64_t n, std::int64_t k) = nullptr;

  /// Largest |x| as bits of f32 (a NaN is larger than infinity). `amax` is overwritten.
  cudaError_t (*amax)(const float* x, std::int64_t count, std::uint32_t* amax) = nullptr;

  /// codes = cast(x 2^bias) of a rows x columns tensor with the FP8-AMAX bias of `*amax` less `margin`, written to
  /// *bias; `transposed` (columns x rows, may be null) gets the same codes.
  cudaError_t (*cast)(Fp8 format, const float* x, std::int64_t rows, std::int64_t columns, const std::uint32_t* amax,
                      int margin, std::uint8_t* codes, std::uint8_t* transposed, int* bias) = nullptr;

  /// Codes and FP8-AMAX biases of blocks of 1 x 128 (the last of a row may be shorter): biases is rows x ceil(columns
  /// / 128).
  cudaError_t (*block_cast)(Fp8 format, const float* x, std::int64_t rows, std::int64_t columns, std::uint8_t* codes,
                            std::int8_t* biases) = nullptr;
};

namespace sm89 {
Kernels kernels();
}
namespace sm90a {
Kernels kernels();
}
namespace sm100a {
Kernels kernels();
}
namespace sm120a {
Kernels kernels();
}

}  // namespace octavo::cuda
