// Choice of the row kernels.
#include "sim/nn/elementwise/elementwise.h"

#include "machine/choose.h"
#include "sim/nn/elementwise/elementwise_kernel.h"

namespace octavo::sim::nn {
namespace {

const elementwise_kernel::Kernels& kernels() {
  return machine::choose(machine::instruction_set(), OCTAVO_EACH_ISA(elementwise_kernel, kernels));
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
