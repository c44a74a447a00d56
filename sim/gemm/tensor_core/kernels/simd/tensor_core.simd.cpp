// The tensor-core kernels of one instruction set.
#include "sim/gemm/tensor_core/kernels/kernel.h"

#include "sim/gemm/tensor_core/kernels/simd/integer.h"
#include "sim/gemm/tensor_core/kernels/simd/rescale.h"
#include "sim/gemm/tensor_core/kernels/simd/scaled_groups.h"
#if defined(OCTAVO_ISA_avx512)
#include "sim/gemm/tensor_core/kernels/avx512/step.h"
#include "sim/gemm/tensor_core/kernels/avx512/wide.h"
#include "sim/gemm/tensor_core/kernels/simd/lossless.h"
#elif defined(OCTAVO_ISA_avx2)
#include "sim/gemm/tensor_core/kernels/avx2/step.h"
#include "sim/gemm/tensor_core/kernels/avx2/wide.h"
#include "sim/gemm/tensor_core/kernels/simd/lossless.h"
#endif

namespace octavo::sim::gemm {
namespace {

/// An accumulator's value from a state: cut, and infinite where the exponent says so.
float value_of(float state, std::uint32_t mask) {
  const std::uint32_t bits = bits_of(state);
  return float_of(bits & ((bits & 0x7F800000u) == 0x7F800000u ? 0xFF800000u : mask));
}

void promote(float* total, float* state, std::int64_t count, std::uint32_t mask) {
  for (std::int64_t i = 0; i < count; ++i) {
    total[i] += value_of(state[i], mask);
    state[i] = 0;
  }
}

/// Every element to nearest f16; `count` is a multiple of 8.
void round_to_f16(float* x, std::int64_t count) {
#if defined(OCTAVO_ISA_avx512) || defined(OCTAVO_ISA_avx2)
  for (std::int64_t i = 0; i < count; i += 8)
    _mm256_storeu_ps(x + i, _mm256_cvtph_ps(_mm256_cvtps_ph(_mm256_loadu_ps(x + i), _MM_FROUND_TO_NEAREST_INT)));
#else
  for (std::int64_t i = 0; i < count; ++i)
    if (x[i] - x[i] == 0.0f) x[i] = round_to_f16(x[i]);
#endif
}

/// The sum of two f16 in binary32, then rounded to f16, is their sum rounded once: 24 >= 2 * 11 + 2 (Figueroa 1995).
void promote_f16(float* total, float* state, std::int64_t count, std::uint32_t mask) {
  for (std::int64_t i = 0; i < count; ++i) {
    total[i] += value_of(state[i], mask);
    state[i] = 0;
  }
  round_to_f16(total, count);
}

void promote_sums(float* total, float* sum, std::int64_t count, std::uint32_t) {
  for (std::int64_t i = 0; i < count; ++i) {
    total[i] += sum[i];
    sum[i] = 0;
  }
}

void copy_chains(const float* state, std::int64_t count, std::uint32_t mask, float* to) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = value_of(state[i], mask);
}

void copy_sums(const float* total, std::int64_t count, std::uint32_t, float* to) {
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint32_t bits = bits_of(total[i]);
    to[i] = float_of((bits & 0x7FFFFFFFu) > 0x7F800000u ? 0x7FFFFFFFu : bits);
  }
}

// Where an instruction set has no kernel of a rung, the integer rung stands in.
#if !defined(OCTAVO_ISA_avx512) && !defined(OCTAVO_ISA_avx2)
constexpr TensorCoreStep kNarrowFma = kIntegerStep;
constexpr TensorCoreStep kNarrowFused = kIntegerStep;
constexpr TensorCoreStep kWideFma = kIntegerStep;
constexpr TensorCoreStep kWideFused = kIntegerStep;
constexpr TensorCoreStep kWideOrLossless = kIntegerStep;
#else
constexpr TensorCoreStep kWideOrLossless = Lossless<kWideFused>::with;
#endif

}  // namespace

namespace OCTAVO_ISA {
const TensorCoreKernel tensor_core_kernel{
    .narrow = {kIntegerStep, kNarrowFma, kNarrowFused},
    .wide = {kIntegerStep, kWideFma, kWideOrLossless},
    .moved = kWideFused,
    .scaled_groups = kScaledGroups,
    .rescale = rescale,
    .promote = promote,
    .promote_f16 = promote_f16,
    .promote_sums = promote_sums,
    .copy_chains = copy_chains,
    .copy_sums = copy_sums,
};
}  // namespace OCTAVO_ISA

}  // namespace octavo::sim::gemm
