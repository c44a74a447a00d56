// The tensor-core kernels of one instruction set.
#include "sim/gemm/tensor_core_kernel.h"

#include "sim/gemm/tensor_core_integer.h"
#ifdef OCTAVO_ISA_avx512
#include "sim/gemm/tensor_core_avx512.h"
#endif

namespace octavo::sim::gemm {
namespace {

void promote(float* total, float* state, std::int64_t count, std::uint32_t mask) {
  for (std::int64_t i = 0; i < count; ++i) {
    total[i] += float_of(bits_of(state[i]) & mask);
    state[i] = 0;
  }
}

constexpr TensorCoreStep kIntegerStep{sizeof(IntegerA), sizeof(IntegerB), integer_expand_a, integer_expand_b,
                                      integer_step};

}  // namespace

namespace OCTAVO_ISA {
const TensorCoreKernel tensor_core_kernel{
#ifdef OCTAVO_ISA_avx512
    .narrow = {kIntegerStep, kNarrowFma, kNarrowFused},
#else
    .narrow = {kIntegerStep, kIntegerStep, kIntegerStep},
#endif
    .wide = {kIntegerStep, kIntegerStep, kIntegerStep},
    .promote = promote,
};
}  // namespace OCTAVO_ISA

}  // namespace octavo::sim::gemm
