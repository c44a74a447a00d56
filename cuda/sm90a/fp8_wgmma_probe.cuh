// Independent FP8 dot products by one wgmma each time, in every form that Octavo probes; one source per sum type.
#pragma once

#include "cuda/kernels/kernels.h"
#include "cuda/layout/fragment.h"
#include "cuda/layout/matrix_descriptor.h"
#include "cuda/layout/probe.h"
#include "cuda/sm90a/wgmma.cuh"

namespace octavo::cuda::sm90a {
namespace {

using layout::Element;
using layout::kWarpgroup;
using layout::OperandTile;
using layout::Swizzle;

struct Dots {
  const std::uint8_t* a;
  const std::uint8_t* b;
  const std::uint32_t* c;
  std::uint32_t* d;
  std::int64_t count;
  bool whole;
};

/// One warpgroup, one instruction. A is 64 x 32, B is N x 32, both in the core-matrix layout without swizzle.
template <int N, Accumulator Sum, Fp8 A, Fp8 B, bool Registers, int SignA, int SignB>
__global__ void __launch_bounds__(kWarpgroup) wgmma_kernel(Dots dots, int scale_d) {
  using Fragment = layout::WgmmaFragment<N>;
  constexpr OperandTile kTileA{Swizzle::none, Fragment::kRows, Fragment::kDepth};
  constexpr OperandTile kTileB{Swizzle::none, N, Fragment::kDepth};
  __shared__ alignas(128) std::uint8_t tile_a[kTileA.bytes()];
  __shared__ alignas(128) std::uint8_t tile_b[kTileB.bytes()];
  const layout::ProbeBlock block =
      layout::probe_block(Fragment::kRows, N, dots.whole, std::int64_t{blockIdx.x}, dots.count);
  const int thread = static_cast<int>(threadIdx.x);
  const auto code = [&](const std::uint8_t* codes, std::int64_t row, int k) -> std::uint32_t {
    return row >= 0 ? codes[row * Fragment::kDepth + k] : 0u;
  };

  for (int i = thread; i < kTileA.bytes(); i += kWarpgroup)
    tile_a[kTileA.offset(i / 32, i % 32)] = static_cast<std::uint8_t>(code(dots.a, block.a_row(i / 32), i % 32));
  for (int i = thread; i < kTileB.bytes(); i += kWarpgroup)
    tile_b[kTileB.offset(i / 32, i % 32)] = static_cast<std::uint8_t>(code(dots.b, block.b_row(i / 32), i % 32));
  [[maybe_unused]] std::uint32_t registers[4] = {};
  if constexpr (Registers) {
#pragma unroll
    for (int i = 0; i < Fragment::kBytesOfA; ++i) {
      const Element e = Fragment::of_a(thread, i);
      registers[i / 4] |= code(dots.a, block.a_row(e.row), e.column) << (i % 4 * 8);
    }
  }
  constexpr int kPerWord = Sum == Accumulator::f32 ? 1 : 2;
  std::uint32_t sums[kSumRegisters<N, Sum>] = {};
#pragma unroll
  for (int i = 0; i < Fragment::kSums; ++i) {
    const std::int64_t at = block.result(Fragment::of_d(thread, i));
    if (at >= 0) sums[i / kPerWord] |= dots.c[at] << (i % kPerWord * 16);
  }
  fence_shared_for_wgmma();
  __syncthreads();

  const auto address = [](const void* shared) { return static_cast<std::uint32_t>(__cvta_generic_to_shared(shared)); };
  const std::uint64_t b_word = layout::encode(layout::descriptor(kTileB, address(tile_b)));
  wgmma_fence();
  if constexpr (Registers) {
    wgmma<N, Sum, A, B, SignA, SignB>(sums, registers, b_word, scale_d);
  } else {
    const std::uint64_t a_word = layout::encode(layout::descriptor(kTileA, address(tile_a)));
    wgmma<N, Sum, A, B, SignA, SignB>(sums, a_word, b_word, scale_d);
  }
  wgmma_commit();
  wgmma_wait<0>();

#pragma unroll
  for (int i = 0; i < Fragment::kSums; ++i) {
    const std::int64_t at = block.result(Fragment::of_d(thread, i));
    if (at >= 0) dots.d[at] = kPerWord == 1 ? sums[i] : sums[i / 2] >> (i % 2 * 16) & 0xFFFFu;
  }
}

template <int N, Accumulator Sum, Fp8 A, Fp8 B, bool Registers = false, int SignA = 1, int SignB = 1>
cudaError_t launch(const Dots& dots, bool ignore_c) {
  const auto blocks = static_cast<unsigned>(layout::probe_blocks(64, N, dots.whole, dots.count));
  wgmma_kernel<N, Sum, A, B, Registers, SignA, SignB><<<blocks, kWarpgroup>>>(dots, ignore_c ? 0 : 1);
  return cudaGetLastError();
}

template <Accumulator Sum, Fp8 A, Fp8 B>
cudaError_t launch_form(const Instruction& i, const Dots& dots) {
  if (i.negate_a || i.negate_b) {
    if (i.columns != 8 || i.a_in_registers) return cudaErrorInvalidValue;
    if (!i.negate_b) return launch<8, Sum, A, B, false, -1, 1>(dots, i.ignore_c);
    if (!i.negate_a) return launch<8, Sum, A, B, false, 1, -1>(dots, i.ignore_c);
    return launch<8, Sum, A, B, false, -1, -1>(dots, i.ignore_c);
  }
  if (i.a_in_registers) {
    if (i.columns == 8) return launch<8, Sum, A, B, true>(dots, i.ignore_c);
    if (i.columns == 16) return launch<16, Sum, A, B, true>(dots, i.ignore_c);
    if (i.columns == 64) return launch<64, Sum, A, B, true>(dots, i.ignore_c);
    if constexpr (A == B) {
      if (i.columns == 128) return launch<128, Sum, A, B, true>(dots, i.ignore_c);
      if (i.columns == 256) return launch<256, Sum, A, B, true>(dots, i.ignore_c);
    }
    return cudaErrorInvalidValue;
  }
  switch (i.columns) {
    case 8:
      return launch<8, Sum, A, B>(dots, i.ignore_c);
    case 16:
      return launch<16, Sum, A, B>(dots, i.ignore_c);
    case 64:
      return launch<64, Sum, A, B>(dots, i.ignore_c);
    default:
      break;
  }
  if constexpr (A == B) {  // wide forms of two pairs of types: they cost the compiler most of its time
    if (i.columns == 128) return launch<128, Sum, A, B>(dots, i.ignore_c);
    if (i.columns == 256) return launch<256, Sum, A, B>(dots, i.ignore_c);
  }
  return cudaErrorInvalidValue;
}

template <Accumulator Sum>
cudaError_t launch_types(const Instruction& i, const Dots& dots) {
  if (i.a == Fp8::e4m3)
    return i.b == Fp8::e4m3 ? launch_form<Sum, Fp8::e4m3, Fp8::e4m3>(i, dots)
                            : launch_form<Sum, Fp8::e4m3, Fp8::e5m2>(i, dots);
  return i.b == Fp8::e4m3 ? launch_form<Sum, Fp8::e5m2, Fp8::e4m3>(i, dots)
                          : launch_form<Sum, Fp8::e5m2, Fp8::e5m2>(i, dots);
}

}  // namespace
}  // namespace octavo::cuda::sm90a
