// Derivatives of the element-wise and row-wise functions, for float (vectorised) and double (plain loops).
#pragma once

#include <cmath>
#include <cstdint>

#include "sim/nn/elementwise/elementary.h"

namespace octavo::sim::nn {

// Float versions give the same bits on every instruction set: sums have 16 lanes and a fixed tree in binary64, and exp
// is elementwise.h's. The double versions share the definitions and serve gradient checks.

/// p = softmax(s): dp[i] becomes ds[i] = p[i] (dp[i] - sum p dp) factor.
void softmax_backward(const float* p, float* dp, float factor, std::int64_t n);

/// y = silu(gate) up: from dy, the derivatives of gate and up. dgate may be dy.
void silu_gate_backward(const float* gate, const float* up, const float* dy, float* dgate, float* dup, std::int64_t n);

/// y = gelu_tanh(x): dy becomes dx.
void gelu_tanh_backward(const float* x, float* dy, std::int64_t n);

/// One row of norm_forward, y = (x - mean) factor gain + bias: dx from dy, and what the row adds to the derivatives of
/// gain and bias (dbias is null and mean 0 for RMSNorm). dx may be dy.
void norm_row_backward(const float* x, const float* gain, const float* dy, double mean, double factor, std::int64_t n,
                       float* dx, float* dgain, float* dbias);

/// Logits of one row become the derivative of factor * cross entropy: (softmax(logits) - [i = target]) factor.
void cross_entropy_backward(float* logits, std::int64_t n, std::int32_t target, float factor);

inline void softmax_backward(const double* p, double* dp, double factor, std::int64_t n) {
  double mean = 0.0;
  for (std::int64_t i = 0; i < n; ++i) mean += p[i] * dp[i];
  for (std::int64_t i = 0; i < n; ++i) dp[i] = p[i] * (dp[i] - mean) * factor;
}
inline void silu_gate_backward(const double* gate, const double* up, const double* dy, double* dgate, double* dup,
                               std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const double s = 1.0 / (1.0 + exp(-gate[i]));
    dup[i] = dy[i] * gate[i] * s;
    dgate[i] = dy[i] * up[i] * s * (1.0 + gate[i] * (1.0 - s));
  }
}
inline void gelu_tanh_backward(const double* x, double* dy, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const double s = 1.0 / (1.0 + exp(-1.5957691216057308 * (x[i] + 0.044715 * x[i] * x[i] * x[i])));
    dy[i] *= s + x[i] * s * (1.0 - s) * 1.5957691216057308 * (1.0 + 0.134145 * x[i] * x[i]);
  }
}
inline void norm_row_backward(const double* x, const double* gain, const double* dy, double mean, double factor,
                              std::int64_t n, double* dx, double* dgain, double* dbias) {
  double total = 0.0;
  double projection = 0.0;
  for (std::int64_t c = 0; c < n; ++c) {
    total += dy[c] * gain[c];
    projection += dy[c] * gain[c] * (x[c] - mean) * factor;
  }
  const double level = dbias != nullptr ? total / static_cast<double>(n) : 0.0;
  const double slope = projection / static_cast<double>(n);
  for (std::int64_t c = 0; c < n; ++c) {
    const double normed = (x[c] - mean) * factor;
    dgain[c] += dy[c] * normed;
    if (dbias != nullptr) dbias[c] += dy[c];
    dx[c] = (dy[c] * gain[c] - level - normed * slope) * factor;
  }
}
inline void cross_entropy_backward(double* logits, std::int64_t n, std::int32_t target, double factor) {
  double top = logits[0];
  for (std::int64_t i = 1; i < n; ++i) top = logits[i] > top ? logits[i] : top;
  double total = 0.0;
  for (std::int64_t i = 0; i < n; ++i) total += logits[i] = exp(logits[i] - top);
  for (std::int64_t i = 0; i < n; ++i) logits[i] = (logits[i] / total - (i == target ? 1.0 : 0.0)) * factor;
}

/// y = gelu_erf(x): dy becomes dx. Like gelu_erf, the C library's erf decides its bits.
template <class T>
void gelu_erf_backward(const T* x, T* dy, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const auto value = static_cast<double>(x[i]);
    const double slope = 0.5 * (1.0 + std::erf(value * 0.70710678118654752440)) +
                         value * exp(-0.5 * value * value) * 0.39894228040143267794;
    dy[i] = static_cast<T>(static_cast<double>(dy[i]) * slope);
  }
}

}  // namespace octavo::sim::nn
