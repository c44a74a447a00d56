// Independent FP8 dot products by mma.sync, eight to an instruction, with every operand byte placed by its layout.
#include "cuda/kernels/kernels.h"
#include "cuda/layout/fragment.h"
#include "cuda/layout/probe.h"

namespace octavo::cuda::OCTAVO_SM {
namespace {

using layout::Element;
using layout::kWarp;

#define OCTAVO_MMA_K32(sum, types, sums)                                                                      \
  if constexpr (Sum == Accumulator::f32)                                                                      \
    asm volatile("mma.sync.aligned.m16n8k32.row.col.f32." types                                               \
                 ".f32 {%0,%1,%2,%3},{%4,%5,%6,%7},{%8,%9},"                                                  \
                 "{%0,%1,%2,%3};"                                                                             \
                 : "+r"(sums[0]), "+r"(sums[1]), "+r"(sums[2]), "+r"(sums[3])                                 \
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));                         \
  else                                                                                                        \
    asm volatile("mma.sync.aligned.m16n8k32.row.col.f16." types ".f16 {%0,%1},{%2,%3,%4,%5},{%6,%7},{%0,%1};" \
                 : "+r"(sums[0]), "+r"(sums[1])                                                               \
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]))

#define OCTAVO_MMA_K16(sum, types, sums)                                                                         \
  if constexpr (Sum == Accumulator::f32)                                                                         \
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32." types ".f32 {%0,%1,%2,%3},{%4,%5},{%6},{%0,%1,%2,%3};" \
                 : "+r"(sums[0]), "+r"(sums[1]), "+r"(sums[2]), "+r"(sums[3])                                    \
                 : "r"(a[0]), "r"(a[1]), "r"(b[0]));                                                             \
  else                                                                                                           \
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f16." types ".f16 {%0,%1},{%2,%3},{%4},{%0,%1};"             \
                 : "+r"(sums[0]), "+r"(sums[1])                                                                  \
                 : "r"(a[0]), "r"(a[1]), "r"(b[0]))

template <int Depth, Accumulator Sum, Fp8 A, Fp8 B>
__device__ void multiply(const std::uint32_t* a, const std::uint32_t* b, std::uint32_t* sums) {
  if constexpr (Depth == 32) {
    if constexpr (A == Fp8::e4m3 && B == Fp8::e4m3) OCTAVO_MMA_K32(Sum, "e4m3.e4m3", sums);
    if constexpr (A == Fp8::e4m3 && B == Fp8::e5m2) OCTAVO_MMA_K32(Sum, "e4m3.e5m2", sums);
    if constexpr (A == Fp8::e5m2 && B == Fp8::e4m3) OCTAVO_MMA_K32(Sum, "e5m2.e4m3", sums);
    if constexpr (A == Fp8::e5m2 && B == Fp8::e5m2) OCTAVO_MMA_K32(Sum, "e5m2.e5m2", sums);
  } else {
    if constexpr (A == Fp8::e4m3 && B == Fp8::e4m3) OCTAVO_MMA_K16(Sum, "e4m3.e4m3", sums);
    if constexpr (A == Fp8::e4m3 && B == Fp8::e5m2) OCTAVO_MMA_K16(Sum, "e4m3.e5m2", sums);
    if constexpr (A == Fp8::e5m2 && B == Fp8::e4m3) OCTAVO_MMA_K16(Sum, "e5m2.e4m3", sums);
    if constexpr (A == Fp8::e5m2 && B == Fp8::e5m2) OCTAVO_MMA_K16(Sum, "e5m2.e5m2", sums);
  }
}

/// One warp, one instruction.
template <int Depth, Accumulator Sum, Fp8 A, Fp8 B>
__global__ void mma_kernel(bool whole, const std::uint8_t* a, const std::uint8_t* b, const std::uint32_t* c,
                           std::uint32_t* d, std::int64_t count) {
  using Fragment = layout::MmaFragment<Depth>;
  const int lane = static_cast<int>(threadIdx.x);
  const layout::ProbeBlock block =
      layout::probe_block(Fragment::kRows, Fragment::kColumns, whole, std::int64_t{blockIdx.x}, count);
  const auto code = [&](const std::uint8_t* codes, std::int64_t row, int k) -> std::uint32_t {
    return row >= 0 ? codes[row * Depth + k] : 0u;
  };

  std::uint32_t a_words[Fragment::kBytesOfA / 4] = {};
  std::uint32_t b_words[Fragment::kBytesOfB / 4] = {};
  for (int i = 0; i < Fragment::kBytesOfA; ++i) {
    const Element e = Fragment::of_a(lane, i);
    a_words[i / 4] |= code(a, block.a_row(e.row), e.column) << (i % 4 * 8);
  }
  for (int i = 0; i < Fragment::kBytesOfB; ++i) {
    const Element e = Fragment::of_b(lane, i);
    b_words[i / 4] |= code(b, block.b_row(e.row), e.column) << (i % 4 * 8);
  }
  constexpr int kPerWord = Sum == Accumulator::f32 ? 1 : 2;
  std::uint32_t sums[Fragment::kSums / kPerWord] = {};
  for (int i = 0; i < Fragment::kSums; ++i) {
    const std::int64_t at = block.result(Fragment::of_d(lane, i));
    if (at >= 0) sums[i / kPerWord] |= c[at] << (i % kPerWord * 16);
  }
  multiply<Depth, Sum, A, B>(a_words, b_words, sums);
  for (int i = 0; i < Fragment::kSums; ++i) {
    const std::int64_t at = block.result(Fragment::of_d(lane, i));
    if (at >= 0) d[at] = kPerWord == 1 ? sums[i] : sums[i / 2] >> (i % 2 * 16) & 0xFFFFu;
  }
}

template <int Depth, Accumulator Sum, Fp8 A, Fp8 B>
cudaError_t launch(bool whole, const std::uint8_t* a, const std::uint8_t* b, const std::uint32_t* c, std::uint32_t* d,
                   std::int64_t count) {
  using Fragment = layout::MmaFragment<Depth>;
  const std::int64_t blocks = layout::probe_blocks(Fragment::kRows, Fragment::kColumns, whole, count);
  mma_kernel<Depth, Sum, A, B><<<static_cast<unsigned>(blocks), kWarp>>>(whole, a, b, c, d, count);
  return cudaGetLastError();
}

template <int Depth, Accumulator Sum>
cudaError_t launch_types(const Instruction& instruction, const std::uint8_t* a, const std::uint8_t* b,
                         const std::uint32_t* c, std::uint32_t* d, std::int64_t count) {
  if (instruction.a == Fp8::e4m3)
    return instruction.b == Fp8::e4m3 ? launch<Depth, Sum, Fp8::e4m3, Fp8::e4m3>(instruction.whole, a, b, c, d, count)
                                      : launch<Depth, Sum, Fp8::e4m3, Fp8::e5m2>(instruction.whole, a, b, c, d, count);
  return instruction.b == Fp8::e4m3 ? launch<Depth, Sum, Fp8::e5m2, Fp8::e4m3>(instruction.whole, a, b, c, d, count)
                                    : launch<Depth, Sum, Fp8::e5m2, Fp8::e5m2>(instruction.whole, a, b, c, d, count);
}

}  // namespace

cudaError_t mma_dots(const Instruction& instruction, const std::uint8_t* a, const std::uint8_t* b,
                     const std::uint32_t* c, std::uint32_t* d, std::int64_t count) {
  const bool f32 = instruction.sum == Accumulator::f32;
  if (instruction.depth == 32)
    return f32 ? launch_types<32, Accumulator::f32>(instruction, a, b, c, d, count)
               : launch_types<32, Accumulator::f16>(instruction, a, b, c, d, count);
  if (instruction.depth == 16)
    return f32 ? launch_types<16, Accumulator::f32>(instruction, a, b, c, d, count)
               : launch_types<16, Accumulator::f16>(instruction, a, b, c, d, count);
  return cudaErrorInvalidValue;
}

}  // namespace octavo::cuda::OCTAVO_SM
