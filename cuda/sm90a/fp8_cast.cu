// Casting a tensor to FP8 under FP8-AMAX: largest magnitude, bias, codes and their transpose; and casts by blocks.
#include "cuda/kernels/amax_bias.h"
#include "cuda/kernels/kernels.h"

namespace octavo::cuda::sm90a {
namespace {

constexpr int kThreads = 256;
constexpr int kSide = 64;  // of the square tile that is transposed through shared memory

__device__ std::uint32_t largest_in_warp(std::uint32_t bits) { return __reduce_max_sync(0xFFFFFFFFu, bits); }

/// Magnitudes compare like their bits, NaN above infinity: so the order of the atomics does not matter.
__device__ void publish_largest(std::uint32_t bits, std::uint32_t* amax) {
  bits = largest_in_warp(bits);
  if (threadIdx.x % 32 == 0 && bits != 0) atomicMax(amax, bits);
}

__device__ std::uint32_t magnitude(float x) { return __float_as_uint(x) & 0x7FFFFFFFu; }

__device__ std::uint16_t narrow(Fp8 format, float high, float low) {
  std::uint16_t pair;
  if (format == Fp8::e4m3)
    asm("cvt.rn.satfinite.e4m3x2.f32 %0, %1, %2;" : "=h"(pair) : "f"(high), "f"(low));
  else
    asm("cvt.rn.satfinite.e5m2x2.f32 %0, %1, %2;" : "=h"(pair) : "f"(high), "f"(low));
  return pair;
}

__device__ std::uint32_t narrow4(Fp8 format, float4 x, float scale) {
  return narrow(format, x.y * scale, x.x * scale) | static_cast<std::uint32_t>(narrow(format, x.w * scale, x.z * scale))
                                                        << 16;
}

__global__ void amax_kernel(const float* x, std::int64_t count, std::uint32_t* amax) {
  const std::int64_t stride = std::int64_t{gridDim.x} * kThreads;
  const std::int64_t thread = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  std::uint32_t largest = 0;
  // Loads of 16 bytes where x is aligned, single ones for the rest.
  const std::int64_t vectors = (reinterpret_cast<std::uintptr_t>(x) & 15u) == 0 ? count / 4 : 0;
  for (std::int64_t i = thread; i < vectors; i += stride) {
    const float4 v = reinterpret_cast<const float4*>(x)[i];
    largest = max(max(largest, magnitude(v.x)), max(max(magnitude(v.y), magnitude(v.z)), magnitude(v.w)));
  }
  for (std::int64_t i = vectors * 4 + thread; i < count; i += stride) largest = max(largest, magnitude(x[i]));
  publish_largest(largest, amax);
}

/// One 64 x 64 tile a block: codes in rows, and through shared memory in columns.
__global__ void cast_kernel(Fp8 format, const float* x, std::int64_t rows, std::int64_t columns,
                            const std::uint32_t* amax, int margin, std::uint8_t* codes, std::uint8_t* transposed,
                            int* bias_out) {
  __shared__ std::uint8_t tile[kSide][kSide + 4];  // four bytes more: columns of a tile lie in different banks
  const int bias = amax_bias(format, *amax, margin);
  const float scale = __uint_as_float(scale_bits(bias));
  if (blockIdx.x == 0 && blockIdx.y == 0 && threadIdx.x == 0) *bias_out = bias;
  const std::int64_t row0 = std::int64_t{blockIdx.y} * kSide;
  const std::int64_t column0 = std::int64_t{blockIdx.x} * kSide;
  const bool vectors = columns % 4 == 0 && (reinterpret_cast<std::uintptr_t>(x) & 15u) == 0 &&
                       (reinterpret_cast<std::uintptr_t>(codes) & 3u) == 0;
  for (int i = static_cast<int>(threadIdx.x); i < kSide * kSide / 4; i += kThreads) {
    const int r = i / (kSide / 4);
    const int c = i % (kSide / 4) * 4;
    const std::int64_t row = row0 + r;
    const std::int64_t column = column0 + c;
    float4 v{0, 0, 0, 0};
    if (row < rows && column < columns) {
      const float* from = x + row * columns + column;
      if (vectors) {
        v = *reinterpret_cast<const float4*>(from);
      } else {
        v.x = from[0];
        if (column + 1 < columns) v.y = from[1];
        if (column + 2 < columns) v.z = from[2];
        if (column + 3 < columns) v.w = from[3];
      }
      const std::uint32_t four = narrow4(format, v, scale);
      std::uint8_t* to = codes + row * columns + column;
      if (vectors) {
        *reinterpret_cast<std::uint32_t*>(to) = four;
      } else {
        for (int j = 0; j < 4; ++j)
          if (column + j < columns) to[j] = static_cast<std::uint8_t>(four >> (8 * j));
      }
      for (int j = 0; j < 4; ++j) tile[r][c + j] = static_cast<std::uint8_t>(four >> (8 * j));
    }
  }
  if (transposed == nullptr) return;
  __syncthreads();
  for (int i = static_cast<int>(threadIdx.x); i < kSide * kSide; i += kThreads) {
    const std::int64_t row = row0 + i % kSide;
    const std::int64_t column = column0 + i / kSide;
    if (row < rows && column < columns) transposed[column * rows + row] = tile[i % kSide][i / kSide];
  }
}

/// One warp a block of 128 elements, four to a lane.
__global__ void block_cast_kernel(Fp8 format, const float* x, std::int64_t rows, std::int64_t columns,
                                  std::uint8_t* codes, std::int8_t* biases) {
  const std::int64_t blocks_per_row = (columns + 127) / 128;
  const std::int64_t block = (std::int64_t{blockIdx.x} * kThreads + threadIdx.x) / 32;
  if (block >= rows * blocks_per_row) return;
  const std::int64_t row = block / blocks_per_row;
  const std::int64_t column = block % blocks_per_row * 128 + threadIdx.x % 32 * 4;
  float v[4] = {};
  std::uint32_t largest = 0;
  for (int j = 0; j < 4; ++j) {
    if (column + j < columns) v[j] = x[row * columns + column + j];
    largest = max(largest, magnitude(v[j]));
  }
  const int bias = amax_bias(format, largest_in_warp(largest), 0);
  const std::uint32_t four = narrow4(format, float4{v[0], v[1], v[2], v[3]}, __uint_as_float(scale_bits(bias)));
  for (int j = 0; j < 4; ++j)
    if (column + j < columns) codes[row * columns + column + j] = static_cast<std::uint8_t>(four >> (8 * j));
  if (threadIdx.x % 32 == 0) biases[block] = static_cast<std::int8_t>(bias);
}

}  // namespace

cudaError_t amax(const float* x, std::int64_t count, std::uint32_t* amax) {
  const cudaError_t error = cudaMemsetAsync(amax, 0, sizeof *amax);
  if (error != cudaSuccess) return error;
  const std::int64_t wanted = (count / 4 + kThreads - 1) / kThreads;
  constexpr std::int64_t kMostBlocks = 132 * 8;  // all multiprocessors of an H100, eight blocks each
  amax_kernel<<<static_cast<unsigned>(wanted < 1 ? 1 : (wanted < kMostBlocks ? wanted : kMostBlocks)), kThreads>>>(
      x, count, amax);
  return cudaGetLastError();
}

cudaError_t cast(Fp8 format, const float* x, std::int64_t rows, std::int64_t columns, const std::uint32_t* amax,
                 int margin, std::uint8_t* codes, std::uint8_t* transposed, int* bias) {
  const dim3 blocks(static_cast<unsigned>((columns + kSide - 1) / kSide),
                    static_cast<unsigned>((rows + kSide - 1) / kSide));
  cast_kernel<<<blocks, kThreads>>>(format, x, rows, columns, amax, margin, codes, transposed, bias);
  return cudaGetLastError();
}

cudaError_t block_cast(Fp8 format, const float* x, std::int64_t rows, std::int64_t columns, std::uint8_t* codes,
                       std::int8_t* biases) {
  const std::int64_t warps = rows * ((columns + 127) / 128);
  block_cast_kernel<<<static_cast<unsigned>((warps * 32 + kThreads - 1) / kThreads), kThreads>>>(
      format, x, rows, columns, codes, biases);
  return cudaGetLastError();
}

}  // namespace octavo::cuda::sm90a
