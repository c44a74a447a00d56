// Choice of the derivative kernels, and their exponentials by pieces that stay in the first-level cache.
#include "sim/nn/elementwise/elementwise_backward.h"

#include <algorithm>
#include <array>

#include "machine/choose.h"
#include "sim/nn/elementwise/elementwise.h"
#include "sim/nn/elementwise/elementwise_backward_kernel.h"

namespace octavo::sim::nn {
namespace {

constexpr std::int64_t kPiece = 512;

const elementwise_backward_kernel::Kernels& kernels() {
  return machine::choose(machine::instruction_set(), OCTAVO_EACH_ISA(elementwise_backward_kernel, kernels));
}

}  // namespace

void softmax_backward(const float* p, float* dp, float factor, std::int64_t n) { kernels().softmax(p, dp, factor, n); }

void silu_gate_backward(const float* gate, const float* up, const float* dy, float* dgate, float* dup, std::int64_t n) {
  std::array<float, kPiece> e;
  for (std::int64_t start = 0; start < n; start += kPiece) {
    const std::int64_t count = std::min(kPiece, n - start);
    for (std::int64_t i = 0; i < count; ++i) e[static_cast<std::size_t>(i)] = -gate[start + i];
    exp(e.data(), count);
    kernels().silu_gate(gate + start, up + start, e.data(), dy + start, dgate + start, dup + start, count);
  }
}

void gelu_tanh_backward(const float* x, float* dy, std::int64_t n) {
  std::array<float, kPiece> e;
  for (std::int64_t start = 0; start < n; start += kPiece) {
    const std::int64_t count = std::min(kPiece, n - start);
    kernels().gelu_tanh_argument(x + start, e.data(), count);
    exp(e.data(), count);
    kernels().gelu_tanh(x + start, e.data(), dy + start, count);
  }
}

void norm_row_backward(const float* x, const float* gain, const float* dy, double mean, double factor, std::int64_t n,
                       float* dx, float* dgain, float* dbias) {
  kernels().norm_row(x, gain, dy, mean, factor, n, dx, dgain, dbias);
}

void cross_entropy_backward(float* logits, std::int64_t n, std::int32_t target, float factor) {
  softmax(logits, n);
  logits[target] -= 1.0F;
  for (std::int64_t i = 0; i < n; ++i) logits[i] *= factor;
}

}  // namespace octavo::sim::nn
