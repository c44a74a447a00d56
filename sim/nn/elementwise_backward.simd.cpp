// Derivative kernels as plain loops that the compiler vectorises; sums have 16 lanes and a fixed tree.
#include "sim/nn/elementwise_backward_kernel.h"

namespace octavo::sim::nn::elementwise_backward_kernel {
namespace {

constexpr int kLanes = 16;
constexpr float kTwoRootTwoOverPi = 1.59576912F;

typedef float Floats __attribute__((vector_size(4 * kLanes)));
typedef double Doubles __attribute__((vector_size(8 * kLanes)));

// Elements i.. of x, at most 16; those beyond n are 0.
[[gnu::always_inline]] inline Floats load(const float* x, std::int64_t i, std::int64_t n) {
  Floats lanes = {};
  __builtin_memcpy(&lanes, x + i, n - i >= kLanes ? sizeof lanes : static_cast<unsigned>(n - i) * sizeof(float));
  return lanes;
}
[[gnu::always_inline]] inline Doubles wide(Floats lanes) { return __builtin_convertvector(lanes, Doubles); }

[[gnu::always_inline]] inline double tree_sum(Doubles lanes) {
  for (int width = kLanes / 2; width > 0; width /= 2)
    for (int i = 0; i < width; ++i) lanes[i] += lanes[i + width];
  return lanes[0];
}

void softmax(const float* p, float* dp, float factor, std::int64_t n) {
  Doubles lanes = {};
  for (std::int64_t i = 0; i < n; i += kLanes) lanes += wide(load(p, i, n)) * wide(load(dp, i, n));
  const auto mean = static_cast<float>(tree_sum(lanes));
  for (std::int64_t i = 0; i < n; ++i) dp[i] = p[i] * (dp[i] - mean) * factor;
}

void silu_gate(const float* gate, const float* up, const float* e, const float* dy, float* dgate, float* dup,
               std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float s = 1.0F / (1.0F + e[i]);
    const float g = gate[i];
    const float d = dy[i];
    dup[i] = d * (g * s);
    dgate[i] = d * up[i] * (s * (1.0F + g * (1.0F - s)));
  }
}

void gelu_tanh_argument(const float* x, float* negative_u, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) negative_u[i] = -kTwoRootTwoOverPi * (x[i] + 0.044715F * x[i] * x[i] * x[i]);
}

void gelu_tanh(const float* x, const float* e, float* dy, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float s = 1.0F / (1.0F + e[i]);
    dy[i] *= s + x[i] * (s * (1.0F - s)) * (kTwoRootTwoOverPi * (1.0F + 0.134145F * x[i] * x[i]));
  }
}

void norm_row(const float* x, const float* gain, const float* dy, double mean, double factor, std::int64_t n, float* dx,
              float* dgain, float* dbias) {
  Doubles total = {};
  Doubles projection = {};
  for (std::int64_t c = 0; c < n; c += kLanes) {
    const Doubles slope = wide(load(dy, c, n)) * wide(load(gain, c, n));
    total += slope;
    projection += slope * (wide(load(x, c, n)) - mean);  // 0 beyond n, since slope is
  }
  const double count = static_cast<double>(n);
  const auto level = static_cast<float>(dbias != nullptr ? tree_sum(total) / count : 0.0);
  const auto tilt = static_cast<float>(tree_sum(projection) * factor / count);
  const auto shift = static_cast<float>(mean);
  const auto scale = static_cast<float>(factor);
  if (dbias != nullptr)
    for (std::int64_t c = 0; c < n; ++c) dbias[c] += dy[c];
  for (std::int64_t c = 0; c < n; ++c) {
    const float normed = (x[c] - shift) * scale;
    const float d = dy[c];
    dgain[c] += d * normed;
    dx[c] = (d * gain[c] - level - normed * tilt) * scale;
  }
}

}  // namespace

namespace OCTAVO_ISA {
const Kernels kernels{softmax, silu_gate, gelu_tanh_argument, gelu_tanh, norm_row};
}

}  // namespace octavo::sim::nn::elementwise_backward_kernel
