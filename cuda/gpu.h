// The GPU of this machine, as the rest of Octavo sees it: spans in, bits out. Without nvcc the same calls say so.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cuda/instruction.h"
#include "cuda/library_product.h"

namespace octavo::cuda {

/// What a recording must name.
struct Device {
  std::string name;      ///< "NVIDIA H100 PCIe"
  std::string target;    ///< the architecture whose kernels run: "sm89", "sm90", "sm100", "sm120"
  std::string driver;    ///< CUDA version that the driver supports
  std::string toolkit;   ///< that the kernels were compiled with
  std::string cublaslt;  ///< of the library found at run time; empty: none
};

/// All functions throw Error in one line: what CUDA said about what. Results are copied back before they return.
class Gpu {
 public:
  virtual ~Gpu() = default;

  virtual const Device& device() const = 0;

  virtual std::vector<std::uint32_t> convert(const Conversion& conversion, std::span<const std::uint32_t> in) = 0;

  /// d[i] = c[i] + a[i] . b[i] by one mma.sync (one wgmma) each; c may be empty: zeros. Codes of count x depth.
  virtual std::vector<std::uint32_t> mma_dots(const Instruction& instruction, std::span<const std::uint8_t> a,
                                              std::span<const std::uint8_t> b, std::span<const std::uint32_t> c) = 0;
  virtual std::vector<std::uint32_t> wgmma_dots(const Instruction& instruction, std::span<const std::uint8_t> a,
                                                std::span<const std::uint8_t> b, std::span<const std::uint32_t> c) = 0;

  /// The same with sparse wgmma: of each group of four along K of a, the two codes that `selected` names are stored
  /// (count x 32, count x 16 and, for b, count x 64).
  virtual std::vector<std::uint32_t> sparse_dots(const Instruction& instruction, std::span<const std::uint8_t> a,
                                                 std::span<const std::uint8_t> selected,
                                                 std::span<const std::uint8_t> b, std::span<const std::uint32_t> c) = 0;

  /// D = A B^T + C by chained wgmma; promotion 0, 32, 64 or 128; c may be empty: zeros.
  virtual std::vector<float> gemm(Fp8 a_format, Fp8 b_format, std::int64_t promotion, std::span<const std::uint8_t> a,
                                  std::span<const std::uint8_t> b, std::span<const float> c, std::int64_t m,
                                  std::int64_t n, std::int64_t k) = 0;

  virtual LibraryResult library_gemm(const LibraryProduct& product, std::span<const std::uint8_t> a,
                                     std::span<const std::uint8_t> b) = 0;

  /// Mean seconds on the device of one pass over a tensor, and of E4M3 products, for benchmarks.
  enum class Pass : std::uint8_t { amax, cast, cast_transposed, block_cast };
  virtual double cast_seconds(Pass pass, std::span<const float> x, std::int64_t rows, std::int64_t columns,
                              int repetitions) = 0;
  virtual double gemm_seconds(std::int64_t promotion, std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                              std::int64_t m, std::int64_t n, std::int64_t k, int repetitions) = 0;
  virtual double library_seconds(const LibraryProduct& product, std::span<const std::uint8_t> a,
                                 std::span<const std::uint8_t> b, int repetitions) = 0;

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

/// The first device. Throws Error in one line: this build has no CUDA, the machine has no driver or no device, or no
/// kernels were compiled for the device.
std::unique_ptr<Gpu> open_gpu();

/// The file that cuBLASLt was loaded from; empty if none was found.
std::string cublaslt_file();

/// Nothing if open_gpu() would succeed, else its message.
std::string why_no_gpu();

}  // namespace octavo::cuda
