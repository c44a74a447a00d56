// cuBLASLt, found at run time: a program without it, or without a GPU, still starts.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "cuda/library_product.h"

namespace octavo::cuda {

/// "13.1.0"; empty if the library is not there.
std::string cublaslt_version();

/// Runs the product; with `repetitions`, then times it and writes the mean to *seconds. Throws Error if the library is
/// not there, if it has no algorithm for the product, or with what it said.
LibraryResult cublaslt_gemm(const LibraryProduct& product, std::span<const std::uint8_t> a,
                            std::span<const std::uint8_t> b, int repetitions = 0, double* seconds = nullptr);

}  // namespace octavo::cuda
