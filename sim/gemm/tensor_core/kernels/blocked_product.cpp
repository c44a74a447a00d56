// Which kernels run, and which outputs are not for them.
#include "sim/gemm/tensor_core/kernels/blocked_product.h"

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "machine/choose.h"

namespace octavo::sim::gemm {

const TensorCoreKernel& kernel_of(machine::InstructionSet set) {
#if defined(OCTAVO_HAS_AVX512) && !defined(OCTAVO_AVX512_BY_SIMDE)
  // The kernel counts signs with VPOPCNTD, which the first processors with AVX-512 (Skylake-X) lack.
  if (set == machine::InstructionSet::avx512 && !__builtin_cpu_supports("avx512vpopcntdq"))
    set = machine::InstructionSet::avx2;
#endif
  return machine::choose(set, OCTAVO_EACH_ISA(gemm, tensor_core_kernel));
}

bool BlockedProduct::addend_is_extreme(float c) const {
  const float magnitude = std::fabs(c);
  if (!c_enters_the_step() || row.datapath == Datapath::scaled_groups)
    return !(magnitude <= std::numeric_limits<float>::max());
  return c != 0 && !(magnitude >= kStepSmallestAddend && magnitude <= kStepLargestAddend);
}

float BlockedProduct::reference(std::int64_t m, std::int64_t n, float c) const {
  Architecture consecutive = row;  // the stored codes are already in the order of the groups
  consecutive.order = GroupOrder::consecutive;
  std::vector<std::uint8_t> a_row(static_cast<std::size_t>(a.padded_depth()));
  std::vector<std::uint8_t> b_row(a_row.size());
  a.copy_row(m, a_row.data());
  b.copy_row(n, b_row.data());
  if (row.scale == BlockScale::required) {
    if (a.scales.nan[static_cast<std::size_t>(m)] != 0 || b.scales.nan[static_cast<std::size_t>(n)] != 0)
      return std::bit_cast<float>(kNanF32);
    std::vector<std::uint8_t> a_scales(static_cast<std::size_t>(a.padded_depth() / row.scale_depth()));
    std::vector<std::uint8_t> b_scales(a_scales.size());
    a.copy_scales(m, a_scales.data());
    b.copy_scales(n, b_scales.data());
    return accumulator_value(row.accumulator, chain(row, {a_row.data(), &a.table}, {b_row.data(), &b.table},
                                                    {a.scales.format, a_scales, b_scales}, a.padded_depth(),
                                                    accumulator_bits(row.accumulator, c)));
  }
  return dot(description, consecutive, {a_row.data(), &a.table}, {b_row.data(), &b.table}, a.order, c);
}

}  // namespace octavo::sim::gemm
