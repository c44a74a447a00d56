// One FP8 product on cuBLASLt: description, layouts, the product.
#include "cuda/cublaslt/cublaslt.h"

#include <bit>

#include "cuda/cublaslt/algorithm.h"
#include "cuda/cublaslt/types.h"
#include "cuda/device/time.h"

namespace octavo::cuda {
namespace {

/// What the library makes of amax. It starts from a negative number, which no amax is; only a library that takes the
/// maximum with what was there might keep that, and is given a zero.
template <class Multiply>
float written_amax(const DeviceArray<float>& amax, const Multiply& multiply) {
  for (const std::uint8_t before : {std::uint8_t{0xBF}, std::uint8_t{0}}) {
    amax.fill(before);
    const std::uint32_t untouched = before * 0x01010101u;
    multiply();
    const float value = amax.values()[0];
    if (std::bit_cast<std::uint32_t>(value) != untouched) return value;
  }
  throw NeverWritten("cuBLASLt left amax unwritten");
}

}  // namespace
std::string cublaslt_version() {
  const CublasLt* library = find_cublaslt();
  if (library == nullptr) return {};
  const auto v = static_cast<int>(library->get_version());
  return std::to_string(v / 10000) + '.' + std::to_string(v / 100 % 100) + '.' + std::to_string(v % 100);
}

LibraryResult cublaslt_gemm(const LibraryProduct& p, std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                            int repetitions, double* seconds) {
  const CublasLt* found = find_cublaslt();
  if (found == nullptr) throw Error("libcublasLt is not to be found; install it or add its folder to LD_LIBRARY_PATH");
  const CublasLt& lt = *found;
  const CublasLtHandle handle(lt);

  // The library is column-major and wants the first operand transposed: its A is our B, its D is our D transposed.
  const DeviceArray<std::uint8_t> a_codes(a);
  const DeviceArray<std::uint8_t> b_codes(b);
  const CublasLtDescription description(lt);
  description.set(CUBLASLT_MATMUL_DESC_TRANSA, CUBLAS_OP_T);
  description.set(CUBLASLT_MATMUL_DESC_TRANSB, CUBLAS_OP_N);
  description.set(CUBLASLT_MATMUL_DESC_FAST_ACCUM, static_cast<std::int8_t>(p.fast_accumulation ? 1 : 0));
  const std::vector<float> a_placed = laid_out(p.a_mode, p.a_scales, p.m, p.k);
  const std::vector<float> b_placed = laid_out(p.b_mode, p.b_scales, p.n, p.k);
  const DeviceArray<float> a_scales{std::span<const float>(a_placed)};
  const DeviceArray<float> b_scales{std::span<const float>(b_placed)};
  description.set(CUBLASLT_MATMUL_DESC_A_SCALE_POINTER, static_cast<const void*>(b_scales.data()));
  description.set(CUBLASLT_MATMUL_DESC_B_SCALE_POINTER, static_cast<const void*>(a_scales.data()));
  if (p.a_mode != ScaleMode::tensor || p.b_mode != ScaleMode::tensor) {
    description.set(CUBLASLT_MATMUL_DESC_A_SCALE_MODE, mode_of(p.b_mode));
    description.set(CUBLASLT_MATMUL_DESC_B_SCALE_MODE, mode_of(p.a_mode));
  }
  const cudaDataType_t d_type = type_of(p.output);
  const cudaDataType_t c_type = is_fp8(p.output) ? CUDA_R_16BF : d_type;
  const cudaDataType_t bias_type = p.output == OutputType::f16 ? CUDA_R_16F : CUDA_R_16BF;
  const std::vector<float> d_scale{p.d_scale};
  const DeviceArray<float> d_scales{std::span<const float>(d_scale)};
  const std::vector<float> c_scale{p.c_scale};
  const DeviceArray<float> c_scales{std::span<const float>(c_scale)};
  if (p.c_scale != 1) description.set(CUBLASLT_MATMUL_DESC_C_SCALE_POINTER, static_cast<const void*>(c_scales.data()));
  const DeviceArray<float> amax(1);
  if (is_fp8(p.output)) {
    description.set(CUBLASLT_MATMUL_DESC_D_SCALE_POINTER, static_cast<const void*>(d_scales.data()));
    if (p.amax) description.set(CUBLASLT_MATMUL_DESC_AMAX_D_POINTER, static_cast<const void*>(amax.data()));
  }
  const std::vector<std::uint8_t> bias_bytes = as_bytes(bias_type, p.bias);
  const DeviceArray<std::uint8_t> bias{std::span<const std::uint8_t>(bias_bytes)};
  description.set(CUBLASLT_MATMUL_DESC_EPILOGUE, p.bias.empty() ? CUBLASLT_EPILOGUE_DEFAULT : CUBLASLT_EPILOGUE_BIAS);
  if (!p.bias.empty()) {
    description.set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, static_cast<const void*>(bias.data()));
    description.set(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, bias_type);
  }

  const auto size = [](std::int64_t n) { return static_cast<std::uint64_t>(n); };
  const CublasLtLayout a_layout(lt, type_of(p.b), size(p.k), size(p.n), p.k);
  const CublasLtLayout b_layout(lt, type_of(p.a), size(p.k), size(p.m), p.k);
  const CublasLtLayout c_layout(lt, c_type, size(p.n), size(p.m), p.n);
  const CublasLtLayout d_layout(lt, d_type, size(p.n), size(p.m), p.n);
  const std::vector<std::uint8_t> c_bytes =
      as_bytes(c_type, p.c.empty() ? std::vector<float>(static_cast<std::size_t>(p.m * p.n)) : p.c);
  const DeviceArray<std::uint8_t> c{std::span<const std::uint8_t>(c_bytes)};
  const DeviceArray<std::uint8_t> d(static_cast<std::size_t>(p.m * p.n) * bytes_of(d_type));
  const DeviceArray<std::uint8_t> workspace(kWorkspaceBytes);

  const CublasLtProblem problem{lt, handle, description, a_layout, b_layout, c_layout, d_layout};
  const CublasLtAlgorithm chosen = choose_algorithm(problem, p);
  const auto multiply = [&] {
    lt.check(lt.matmul(handle.get(), description.get(), &p.alpha, b_codes.data(), a_layout.get(), a_codes.data(),
                       b_layout.get(), &p.beta, c.data(), c_layout.get(), d.data(), d_layout.get(), &chosen.algorithm,
                       workspace.data(), kWorkspaceBytes, nullptr),
             "product");
  };
  LibraryResult result;
  result.d = written(
      "cuBLASLt",
      [&](std::uint8_t poison) {
        d.fill(poison);
        multiply();
        return from_bytes(d_type, d.values());
      },
      bytes_of(d_type));
  if (p.amax && is_fp8(p.output)) result.amax = written_amax(amax, multiply);
  describe_algorithm(lt, chosen, result);
  if (repetitions > 0) *seconds = device_seconds(repetitions, multiply);
  return result;
}

}  // namespace octavo::cuda
