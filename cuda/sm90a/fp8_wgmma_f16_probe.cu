// Probes of wgmma m64nNk32 with f16 sums.
#include "cuda/sm90a/fp8_wgmma_probe.cuh"

namespace octavo::cuda::sm90a {

cudaError_t wgmma_dots_f16(const Instruction& instruction, const std::uint8_t* a, const std::uint8_t* b,
                           const std::uint32_t* c, std::uint32_t* d, std::int64_t count) {
  return launch_types<Accumulator::f16>(instruction, {a, b, c, d, count, instruction.whole});
}

}  // namespace octavo::cuda::sm90a
