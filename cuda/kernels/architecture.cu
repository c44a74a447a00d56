// The table of kernels of one architecture: what was compiled for it.
#include "cuda/kernels/kernels.h"

namespace octavo::cuda::OCTAVO_SM {

cudaError_t convert(const Conversion&, const std::uint32_t*, std::uint32_t*, std::int64_t);
cudaError_t conversion_digests(const Conversion&, const std::uint32_t*, std::uint32_t*, std::int64_t);
cudaError_t mma_dots(const Instruction&, const std::uint8_t*, const std::uint8_t*, const std::uint32_t*, std::uint32_t*,
                     std::int64_t);
#ifdef OCTAVO_HAS_WGMMA
cudaError_t wgmma_dots_f32(const Instruction&, const std::uint8_t*, const std::uint8_t*, const std::uint32_t*,
                           std::uint32_t*, std::int64_t);
cudaError_t wgmma_dots_f16(const Instruction&, const std::uint8_t*, const std::uint8_t*, const std::uint32_t*,
                           std::uint32_t*, std::int64_t);
cudaError_t sparse_dots(const Instruction&, const SparseDots&);
cudaError_t gemm(Fp8, Fp8, std::int64_t, const std::uint8_t*, const std::uint8_t*, const float*, float*, std::int64_t,
                 std::int64_t, std::int64_t);
cudaError_t amax(const float*, std::int64_t, std::uint32_t*);
cudaError_t cast(Fp8, const float*, std::int64_t, std::int64_t, const std::uint32_t*, int, std::uint8_t*, std::uint8_t*,
                 int*);
cudaError_t block_cast(Fp8, const float*, std::int64_t, std::int64_t, std::uint8_t*, std::int8_t*);

namespace {
cudaError_t wgmma_dots(const Instruction& instruction, const std::uint8_t* a, const std::uint8_t* b,
                       const std::uint32_t* c, std::uint32_t* d, std::int64_t count) {
  return instruction.sum == Accumulator::f32 ? wgmma_dots_f32(instruction, a, b, c, d, count)
                                             : wgmma_dots_f16(instruction, a, b, c, d, count);
}
}  // namespace
#endif

Kernels kernels() {
  Kernels table;
  table.convert = convert;
  table.conversion_digests = conversion_digests;
  table.dots = mma_dots;
#ifdef OCTAVO_HAS_WGMMA
  table.wgmma_dots = wgmma_dots;
  table.sparse_dots = sparse_dots;
  table.gemm = gemm;
  table.amax = amax;
  table.cast = cast;
  table.block_cast = block_cast;
#endif
  return table;
}

}  // namespace octavo::cuda::OCTAVO_SM
