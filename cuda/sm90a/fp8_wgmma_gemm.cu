// FP8 GEMM by chained wgmma with promotion: 128x128 tiles, K in steps of 128, four stages of cp.async, two warpgroups.
#include "cuda/kernels/kernels.h"
#include "cuda/layout/fragment.h"
#include "cuda/layout/matrix_descriptor.h"
#include "cuda/layout/tile.h"
#include "cuda/sm90a/wgmma.cuh"

namespace octavo::cuda::sm90a {
namespace {

using layout::kWarpgroup;

constexpr int kTile = 128;     // rows of D, columns of D, and K elements of a step
constexpr int kStages = 4;     // steps in flight
constexpr int kThreads = 256;  // two warpgroups, each 64 rows of D
constexpr int kDepth = 32;     // of one instruction
constexpr int kInstructions = kTile / kDepth;
constexpr layout::OperandTile operand_tile() { return {layout::Swizzle::bytes_128, kTile, kTile}; }
constexpr int kOperandBytes = operand_tile().bytes();
constexpr int kSharedBytes = 2 * kStages * kOperandBytes + 1024;  // and room to align to an atom
constexpr int kCopies = kOperandBytes / 16 / kThreads;
constexpr std::int64_t kGroup = 16;  // rows of tiles that share columns of B in the L2 cache
using Fragment = layout::WgmmaFragment<kTile>;

struct Problem {
  const std::uint8_t* a;
  const std::uint8_t* b;
  const float* c;
  float* d;
  std::int64_t m;
  std::int64_t n;
  std::int64_t k;
};

/// Sixteen bytes from global to shared memory, zeros beyond `bytes`.
__device__ void copy_async(std::uint32_t to, const std::uint8_t* from, int bytes) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(bytes) : "memory");
}
__device__ void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int Pending>
__device__ void wait_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(Pending) : "memory");
}

/// Starts copying one operand tile that begins at (row0, k0) of a rows x k matrix.
__device__ void copy_tile(std::uint32_t to, const std::uint8_t* codes, std::int64_t row0, std::int64_t k0,
                          std::int64_t rows, std::int64_t k) {
#pragma unroll
  for (int i = 0; i < kCopies; ++i) {
    const layout::Copy copy = layout::tile_copy(kTile, i * kThreads + static_cast<int>(threadIdx.x), row0, k0, rows, k);
    const std::int64_t from = copy.bytes == 0 ? 0 : (row0 + copy.row) * k + k0 + copy.depth;
    copy_async(to + static_cast<std::uint32_t>(operand_tile().offset(copy.row, copy.depth)), codes + from, copy.bytes);
  }
}

/// Calls f(index, row, column) for each sum of this thread that lies inside D.
template <class F>
__device__ void for_each_sum(const Problem& p, std::int64_t row0, std::int64_t column0, F f) {
  const int thread = static_cast<int>(threadIdx.x) % kWarpgroup;
#pragma unroll
  for (int i = 0; i < Fragment::kSums; ++i) {
    const layout::Element e = Fragment::of_d(thread, i);
    if (row0 + e.row < p.m && column0 + e.column < p.n) f(i, row0 + e.row, column0 + e.column);
  }
}

/// Interval: instructions between promotions, 0 for never. A promoted sum starts from c and takes each piece with one
/// rounded addition; without promotion c is the addend of the first instruction.
template <Fp8 A, Fp8 B, int Interval>
__global__ void __launch_bounds__(kThreads, 1) gemm_kernel(const Problem p) {
  static_assert(Interval == 0 || kInstructions % Interval == 0);
  extern __shared__ std::uint8_t shared[];
  const std::uint32_t base = (static_cast<std::uint32_t>(__cvta_generic_to_shared(shared)) + 1023u) & ~1023u;
  const auto stage_a = [&](std::int64_t s) { return base + static_cast<std::uint32_t>(s % kStages * kOperandBytes); };
  const auto stage_b = [&](std::int64_t s) { return stage_a(s) + std::uint32_t{kStages * kOperandBytes}; };

  const std::int64_t tiles_m = layout::ceil_divide(p.m, kTile);
  const std::int64_t tiles_n = layout::ceil_divide(p.n, kTile);
  const layout::TileIndex tile = layout::grouped_tile(blockIdx.x, tiles_m, tiles_n, kGroup);
  const std::int64_t m0 = tile.m * kTile;
  const std::int64_t n0 = tile.n * kTile;
  const std::int64_t steps = layout::ceil_divide(p.k, kTile);
  const int warpgroup = static_cast<int>(threadIdx.x) / kWarpgroup;
  const std::int64_t row0 = m0 + warpgroup * Fragment::kRows;

  const auto copy_step = [&](std::int64_t step) {
    if (step < steps) {
      copy_tile(stage_a(step), p.a, m0, step * kTile, p.m, p.k);
      copy_tile(stage_b(step), p.b, n0, step * kTile, p.n, p.k);
    }
    commit_copies();  // an empty group keeps the count
  };
  for (std::int64_t step = 0; step < kStages - 1; ++step) copy_step(step);

  std::uint32_t sums[Fragment::kSums] = {};
  [[maybe_unused]] float totals[Interval == 0 ? 1 : Fragment::kSums] = {};
  if (p.c != nullptr) {
    for_each_sum(p, row0, n0, [&](int i, std::int64_t row, std::int64_t column) {
      if constexpr (Interval == 0)
        sums[i] = __float_as_uint(p.c[row * p.n + column]);
      else
        totals[i] = p.c[row * p.n + column];
    });
  }

  for (std::int64_t step = 0; step < steps; ++step) {
    wait_copies<kStages - 2>();
    fence_shared_for_wgmma();
    __syncthreads();
    // The stage that this step's copies go to was read by the step before, which every warpgroup has waited for.
    copy_step(step + kStages - 1);

    const std::uint32_t a0 = stage_a(step) + static_cast<std::uint32_t>(warpgroup * Fragment::kRows * kTile);
    const std::uint32_t b0 = stage_b(step);
    constexpr int kPieces = Interval == 0 ? 1 : kInstructions / Interval;
    constexpr int kPerPiece = kInstructions / kPieces;
#pragma unroll
    for (int piece = 0; piece < kPieces; ++piece) {
      wgmma_fence();
#pragma unroll
      for (int i = 0; i < kPerPiece; ++i) {
        const int k = (piece * kPerPiece + i) * kDepth;
        wgmma<kTile, Accumulator::f32, A, B>(sums, layout::encode(layout::descriptor(operand_tile(), a0, k)),
                                             layout::encode(layout::descriptor(operand_tile(), b0, k)),
                                             Interval == 0 || i > 0 ? 1 : 0);
      }
      wgmma_commit();
      wgmma_wait<0>();
      if constexpr (Interval != 0) {
        // K ends inside this step: pieces of zeros alone are no pieces, so that -0 + 0 cannot turn a sum's sign.
        if (step * kTile + piece * kPerPiece * kDepth < p.k) {
#pragma unroll
          for (int i = 0; i < Fragment::kSums; ++i) totals[i] = __fadd_rn(totals[i], __uint_as_float(sums[i]));
        }
      }
    }
  }

  for_each_sum(p, row0, n0, [&](int i, std::int64_t row, std::int64_t column) {
    if constexpr (Interval == 0)
      p.d[row * p.n + column] = __uint_as_float(sums[i]);
    else
      p.d[row * p.n + column] = totals[i];
  });
}

template <Fp8 A, Fp8 B, int Interval>
cudaError_t launch(const Problem& p) {
  const auto kernel = gemm_kernel<A, B, Interval>;
  const cudaError_t error = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kSharedBytes);
  if (error != cudaSuccess) return error;
  const std::int64_t blocks = layout::ceil_divide(p.m, kTile) * layout::ceil_divide(p.n, kTile);
  kernel<<<static_cast<unsigned>(blocks), kThreads, kSharedBytes>>>(p);
  return cudaGetLastError();
}

template <Fp8 A, Fp8 B>
cudaError_t launch_interval(std::int64_t promotion, const Problem& p) {
  switch (promotion) {
    case 0:
      return launch<A, B, 0>(p);
    case 32:
      return launch<A, B, 1>(p);
    case 64:
      return launch<A, B, 2>(p);
    case 128:
      return launch<A, B, 4>(p);
    default:
      return cudaErrorInvalidValue;
  }
}

}  // namespace

cudaError_t gemm(Fp8 a_format, Fp8 b_format, std::int64_t promotion, const std::uint8_t* a, const std::uint8_t* b,
                 const float* c, float* d, std::int64_t m, std::int64_t n, std::int64_t k) {
  const Problem p{a, b, c, d, m, n, k};
  if (k % 16 != 0) return cudaErrorInvalidValue;
  if (a_format == Fp8::e4m3)
    return b_format == Fp8::e4m3 ? launch_interval<Fp8::e4m3, Fp8::e4m3>(promotion, p)
                                 : launch_interval<Fp8::e4m3, Fp8::e5m2>(promotion, p);
  return b_format == Fp8::e4m3 ? launch_interval<Fp8::e5m2, Fp8::e4m3>(promotion, p)
                               : launch_interval<Fp8::e5m2, Fp8::e5m2>(promotion, p);
}

}  // namespace octavo::cuda::sm90a
