// One FP8 product on cuBLASLt: description, layouts, the heuristic's proposals, the product.
#include "cuda/cublaslt.h"

#include <array>
#include <bit>
#include <cassert>
#include <cmath>

#include "cuda/cublaslt_library.h"
#include "cuda/device_time.h"
#include "cuda/layout/library_scales.h"
#include "formats/encode.h"
#include "formats/spec.h"

namespace octavo::cuda {
namespace {

constexpr std::size_t kWorkspaceBytes = 64u << 20;
constexpr int kProposals = 16;

cudaDataType_t type_of(Fp8 format) { return format == Fp8::e4m3 ? CUDA_R_8F_E4M3 : CUDA_R_8F_E5M2; }

cudaDataType_t type_of(OutputType output) {
  switch (output) {
    case OutputType::f32:
      return CUDA_R_32F;
    case OutputType::f16:
      return CUDA_R_16F;
    case OutputType::bf16:
      return CUDA_R_16BF;
    case OutputType::e4m3:
      return CUDA_R_8F_E4M3;
    case OutputType::e5m2:
      return CUDA_R_8F_E5M2;
  }
  return CUDA_R_32F;
}

bool is_fp8(OutputType output) { return output == OutputType::e4m3 || output == OutputType::e5m2; }

std::size_t bytes_of(cudaDataType_t type) {
  return type == CUDA_R_32F ? 4u : type == CUDA_R_16F || type == CUDA_R_16BF ? 2u : 1u;
}

/// Values in a type of the library, as bytes (nearest even).
std::vector<std::uint8_t> as_bytes(cudaDataType_t type, std::span<const float> values) {
  std::vector<std::uint8_t> bytes;
  for (float value : values) {
    std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
    if (type != CUDA_R_32F)
      bits = formats::encode(type == CUDA_R_16F ? formats::fp16 : formats::bf16, formats::Rounding::nearest_even,
                             formats::Overflow::special, value);
    for (std::size_t i = 0; i < bytes_of(type); ++i) bytes.push_back(static_cast<std::uint8_t>(bits >> (8 * i)));
  }
  return bytes;
}

std::vector<std::uint32_t> from_bytes(cudaDataType_t type, const std::vector<std::uint8_t>& bytes) {
  const std::size_t width = bytes_of(type);
  std::vector<std::uint32_t> values(bytes.size() / width);
  for (std::size_t i = 0; i < bytes.size(); ++i) values[i / width] |= std::uint32_t{bytes[i]} << (i % width * 8);
  return values;
}

cublasLtMatmulMatrixScale_t mode_of(ScaleMode mode) {
  switch (mode) {
    case ScaleMode::tensor:
      return CUBLASLT_MATMUL_MATRIX_SCALE_SCALAR_32F;
    case ScaleMode::outer:
      return CUBLASLT_MATMUL_MATRIX_SCALE_OUTER_VEC_32F;
    case ScaleMode::vec_128:
      return CUBLASLT_MATMUL_MATRIX_SCALE_VEC128_32F;
    case ScaleMode::block_128x128:
      return CUBLASLT_MATMUL_MATRIX_SCALE_BLK128x128_32F;
  }
  return CUBLASLT_MATMUL_MATRIX_SCALE_SCALAR_32F;
}

/// The scales of an operand of rows x k, where the library looks for them.
std::vector<float> laid_out(ScaleMode mode, const std::vector<float>& scales, std::int64_t rows, std::int64_t k) {
  if (scales.empty()) return {1.0F};
  const auto placed = [&](const auto& layout) {
    std::vector<float> to(static_cast<std::size_t>(layout.count()));
    for (std::size_t i = 0; i < scales.size(); ++i) {
      const auto at = static_cast<std::int64_t>(i);
      to[static_cast<std::size_t>(layout.index(at / layout.blocks(), at % layout.blocks()))] = scales[i];
    }
    return to;
  };
  if (mode == ScaleMode::vec_128) return placed(layout::RowScales{rows, k});
  if (mode == ScaleMode::block_128x128) return placed(layout::TileScales{rows, k});
  return scales;
}

cublasLtEpilogue_t epilogue_of(Activation activation, bool bias) {
  switch (activation) {
    case Activation::none:
      return bias ? CUBLASLT_EPILOGUE_BIAS : CUBLASLT_EPILOGUE_DEFAULT;
    case Activation::relu:
      return bias ? CUBLASLT_EPILOGUE_RELU_BIAS : CUBLASLT_EPILOGUE_RELU;
    case Activation::gelu:
      return bias ? CUBLASLT_EPILOGUE_GELU_BIAS : CUBLASLT_EPILOGUE_GELU;
  }
  return CUBLASLT_EPILOGUE_DEFAULT;
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
  const DeviceArray<float> amax(std::span<const float>(std::vector<float>{0.0F}));
  if (is_fp8(p.output)) {
    description.set(CUBLASLT_MATMUL_DESC_D_SCALE_POINTER, static_cast<const void*>(d_scales.data()));
    if (p.amax) description.set(CUBLASLT_MATMUL_DESC_AMAX_D_POINTER, static_cast<const void*>(amax.data()));
  }
  const std::vector<std::uint8_t> bias_bytes = as_bytes(bias_type, p.bias);
  const DeviceArray<std::uint8_t> bias{std::span<const std::uint8_t>(bias_bytes)};
  description.set(CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue_of(p.activation, !p.bias.empty()));
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

  const CublasLtPreference preference(lt, kWorkspaceBytes);
  std::array<cublasLtMatmulHeuristicResult_t, kProposals> proposals{};
  int count = 0;
  lt.check(lt.heuristic(handle.get(), description.get(), a_layout.get(), b_layout.get(), c_layout.get(), d_layout.get(),
                        preference.get(), kProposals, proposals.data(), &count),
           "heuristic");
  if (p.algorithm >= count)
    throw Error("cuBLASLt proposes " + std::to_string(count) + " algorithms for this product; number " +
                std::to_string(p.algorithm) + " was asked for");
  cublasLtMatmulAlgo_t algorithm = proposals[static_cast<std::size_t>(p.algorithm)].algo;
  if (p.split_k > 0) {
    const std::int32_t parts = p.split_k;
    const std::int32_t scheme = parts > 1 ? CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE : CUBLASLT_REDUCTION_SCHEME_NONE;
    lt.check(lt.set_config(&algorithm, CUBLASLT_ALGO_CONFIG_SPLITK_NUM, &parts, sizeof parts), "split-K");
    lt.check(lt.set_config(&algorithm, CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME, &scheme, sizeof scheme), "split-K");
    cublasLtMatmulHeuristicResult_t checked{};
    lt.check(lt.check_algorithm(handle.get(), description.get(), a_layout.get(), b_layout.get(), c_layout.get(),
                                d_layout.get(), &algorithm, &checked),
             "this algorithm with split-K");
    if (checked.workspaceSize > kWorkspaceBytes) throw Error("cuBLASLt: split-K needs more workspace than 64 MiB");
  }
  const auto multiply = [&] {
    lt.check(lt.matmul(handle.get(), description.get(), &p.alpha, b_codes.data(), a_layout.get(), a_codes.data(),
                       b_layout.get(), &p.beta, c.data(), c_layout.get(), d.data(), d_layout.get(), &algorithm,
                       workspace.data(), kWorkspaceBytes, nullptr),
             "product");
  };
  multiply();

  LibraryResult result{.d = from_bytes(d_type, d.values()), .amax = amax.values()[0], .proposals = count};
  const auto config = [&](cublasLtMatmulAlgoConfigAttributes_t attribute) {
    std::int32_t value = 0;
    std::size_t written = 0;
    lt.check(lt.get_config(&algorithm, attribute, &value, sizeof value, &written), "configuration of the algorithm");
    return static_cast<int>(value);
  };
  result.algorithm_id = config(CUBLASLT_ALGO_CONFIG_ID);
  result.tile = config(CUBLASLT_ALGO_CONFIG_TILE_ID);
  result.stages = config(CUBLASLT_ALGO_CONFIG_STAGES_ID);
  result.split_k = config(CUBLASLT_ALGO_CONFIG_SPLITK_NUM);
  result.reduction = config(CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME);
  if (repetitions > 0) *seconds = device_seconds(repetitions, multiply);
  return result;
}

}  // namespace octavo::cuda
