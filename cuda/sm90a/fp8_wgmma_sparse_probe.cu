// Independent dot products by one sparse wgmma m64n8k64 each time: A holds two of every four elements along K.
#include "cuda/kernels/kernels.h"
#include "cuda/layout/fragment.h"
#include "cuda/layout/matrix_descriptor.h"
#include "cuda/layout/probe.h"
#include "cuda/layout/sparse_metadata.h"
#include "cuda/sm90a/wgmma.cuh"

namespace octavo::cuda::sm90a {
namespace {

using layout::kWarpgroup;
using layout::OperandTile;
using layout::SparseMetadata;
using layout::Swizzle;

constexpr int kColumns = 8;
constexpr int kStored = 32;  // elements of a row of A
constexpr int kDepth = 64;   // elements of a row of B
using Fragment = layout::WgmmaFragment<kColumns>;

#define OCTAVO_SPARSE_F32(TYPES)                                                                               \
  asm volatile("wgmma.mma_async.sp.sync.aligned.m64n8k64.f32." TYPES " {%0,%1,%2,%3}, %4, %5, %6, 0, 1, 1, 1;" \
               : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])                                                \
               : "l"(a), "l"(b), "r"(metadata))
#define OCTAVO_SPARSE_F16(TYPES)                                                                         \
  asm volatile("wgmma.mma_async.sp.sync.aligned.m64n8k64.f16." TYPES " {%0,%1}, %2, %3, %4, 0, 1, 1, 1;" \
               : "+r"(d[0]), "+r"(d[1])                                                                  \
               : "l"(a), "l"(b), "r"(metadata))

/// d += A B, asynchronously; a and b are matrix descriptors, every thread contributes its metadata.
template <Accumulator Sum, Fp8 A, Fp8 B>
__device__ void sparse_wgmma(std::uint32_t (&d)[kSumRegisters<kColumns, Sum>], std::uint64_t a, std::uint64_t b,
                             std::uint32_t metadata) {
  if constexpr (Sum == Accumulator::f32) {
    if constexpr (A == Fp8::e4m3 && B == Fp8::e4m3) OCTAVO_SPARSE_F32("e4m3.e4m3");
    if constexpr (A == Fp8::e4m3 && B == Fp8::e5m2) OCTAVO_SPARSE_F32("e4m3.e5m2");
    if constexpr (A == Fp8::e5m2 && B == Fp8::e4m3) OCTAVO_SPARSE_F32("e5m2.e4m3");
    if constexpr (A == Fp8::e5m2 && B == Fp8::e5m2) OCTAVO_SPARSE_F32("e5m2.e5m2");
  } else {
    if constexpr (A == Fp8::e4m3 && B == Fp8::e4m3) OCTAVO_SPARSE_F16("e4m3.e4m3");
    if constexpr (A == Fp8::e4m3 && B == Fp8::e5m2) OCTAVO_SPARSE_F16("e4m3.e5m2");
    if constexpr (A == Fp8::e5m2 && B == Fp8::e4m3) OCTAVO_SPARSE_F16("e5m2.e4m3");
    if constexpr (A == Fp8::e5m2 && B == Fp8::e5m2) OCTAVO_SPARSE_F16("e5m2.e5m2");
  }
}

/// One warpgroup, one instruction. A, of two core matrices a row, lies without swizzle as in the dense probes; B, whose
/// rows are 64 bytes, in the 64-byte swizzle: without one the distance between its four core matrices would be a guess.
template <Accumulator Sum, Fp8 A, Fp8 B>
__global__ void __launch_bounds__(kWarpgroup) sparse_kernel(SparseDots dots) {
  constexpr OperandTile kTileA{Swizzle::none, Fragment::kRows, kStored};
  constexpr OperandTile kTileB{Swizzle::bytes_64, kColumns, kDepth};
  __shared__ alignas(128) std::uint8_t tile_a[kTileA.bytes()];
  __shared__ alignas(1024) std::uint8_t tile_b[kTileB.bytes()];
  const layout::ProbeBlock block =
      layout::probe_block(Fragment::kRows, kColumns, false, std::int64_t{blockIdx.x}, dots.count);
  const int thread = static_cast<int>(threadIdx.x);
  const auto code = [&](const std::uint8_t* codes, int depth, std::int64_t row, int k) -> std::uint8_t {
    return row >= 0 ? codes[row * depth + k] : std::uint8_t{0};
  };

  for (int i = thread; i < kTileA.bytes(); i += kWarpgroup)
    tile_a[kTileA.offset(i / kStored, i % kStored)] = code(dots.a, kStored, block.a_row(i / kStored), i % kStored);
  for (int i = thread; i < kTileB.bytes(); i += kWarpgroup)
    tile_b[kTileB.offset(i / kDepth, i % kDepth)] = code(dots.b, kDepth, block.b_row(i / kDepth), i % kDepth);
  std::uint32_t metadata = 0;
  for (int i = 0; i < SparseMetadata::kGroupsOfThread; ++i) {
    const layout::SparseGroup g = SparseMetadata::of(thread, i);
    const std::int64_t row = block.a_row(g.row);
    metadata |= (row >= 0 ? dots.selected[row * SparseMetadata::kGroups + g.group] : layout::kFirstTwo) << (4 * i);
  }
  constexpr int kPerWord = Sum == Accumulator::f32 ? 1 : 2;
  std::uint32_t sums[kSumRegisters<kColumns, Sum>] = {};
#pragma unroll
  for (int i = 0; i < Fragment::kSums; ++i) {
    const std::int64_t at = block.result(Fragment::of_d(thread, i));
    if (at >= 0) sums[i / kPerWord] |= dots.c[at] << (i % kPerWord * 16);
  }
  fence_shared_for_wgmma();
  __syncthreads();

  const auto address = [](const void* shared) { return static_cast<std::uint32_t>(__cvta_generic_to_shared(shared)); };
  wgmma_fence();
  sparse_wgmma<Sum, A, B>(sums, layout::encode(layout::descriptor(kTileA, address(tile_a))),
                          layout::encode(layout::descriptor(kTileB, address(tile_b))), metadata);
  wgmma_commit();
  wgmma_wait<0>();

#pragma unroll
  for (int i = 0; i < Fragment::kSums; ++i) {
    const std::int64_t at = block.result(Fragment::of_d(thread, i));
    if (at >= 0) dots.d[at] = kPerWord == 1 ? sums[i] : sums[i / 2] >> (i % 2 * 16) & 0xFFFFu;
  }
}

template <Accumulator Sum, Fp8 A, Fp8 B>
cudaError_t launch(const SparseDots& dots) {
  const std::int64_t blocks = layout::probe_blocks(Fragment::kRows, kColumns, false, dots.count);
  sparse_kernel<Sum, A, B><<<static_cast<unsigned>(blocks), kWarpgroup>>>(dots);
  return cudaGetLastError();
}

template <Accumulator Sum>
cudaError_t launch_types(const Instruction& i, const SparseDots& dots) {
  if (i.a == Fp8::e4m3)
    return i.b == Fp8::e4m3 ? launch<Sum, Fp8::e4m3, Fp8::e4m3>(dots) : launch<Sum, Fp8::e4m3, Fp8::e5m2>(dots);
  return i.b == Fp8::e4m3 ? launch<Sum, Fp8::e5m2, Fp8::e4m3>(dots) : launch<Sum, Fp8::e5m2, Fp8::e5m2>(dots);
}

}  // namespace

cudaError_t sparse_dots(const Instruction& instruction, const SparseDots& dots) {
  if (instruction.whole) return cudaErrorInvalidValue;
  return instruction.sum == Accumulator::f32 ? launch_types<Accumulator::f32>(instruction, dots)
                                             : launch_types<Accumulator::f16>(instruction, dots);
}

}  // namespace octavo::cuda::sm90a
