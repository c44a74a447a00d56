// Choice of the row kernels.
#include "sim/nn/elementwise.h"

#include "formats/instruction_set.h"
#include "sim/nn/elementwise_kernel.h"

namespace octavo::sim::nn {
namespace {

const elementwise_kernel::Kernels& kernels() {
  using formats::InstructionSet;
  switch (formats::instruction_set()) {
#ifdef OCTAVO_HAS_AVX512
    case InstructionSet::avx512:
      return elementwise_kernel::avx512::kernels;
#endif
#ifdef OCTAVO_HAS_AVX2
    case InstructionSet::avx2:
      return elementwise_kernel::avx2::kernels;
#endif
    default:
      return elementwise_kernel::scalar::kernels;
  }
}

}  // namespace

void exp(float* x, std::int64_t n) { kernels().exp(x, n); }
void softmax(float* x, std::int64_t n) { kernels().softmax(x, n); }
void silu_gate(float* gate, const float* up, std::int64_t n) { kernels().silu_gate(gate, up, n); }
void gelu_tanh(float* x, std::int64_t n) { kernels().gelu_tanh(x, n); }
double sum(const float* x, std::int64_t n) { return kernels().sum(x, n); }
double sum_squares(const float* x, double mean, std::int64_t n) { return kernels().sum_squares(x, mean, n); }
float largest(const float* x, std::int64_t n) { return kernels().largest(x, n); }
double sum_exp(const float* x, float shift, std::int64_t n) { return kernels().sum_exp(x, shift, n); }

}  // namespace octavo::sim::nn
