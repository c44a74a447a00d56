// The element-wise and row-wise functions of the models, for float (vectorised) and double (plain loops).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "sim/nn/elementwise/elementary.h"

namespace octavo::sim::nn {

// Float versions: the same bits on every instruction set; exp has a relative error below 2e-7 over all floats with a
// normal result (subnormal results: half a unit more), and the functions built on it behave accordingly.
// The double versions share the definitions and serve gradient checks.

/// x[i] = e^x[i].
void exp(float* x, std::int64_t n);

/// x becomes e^x / sum e^x, n >= 1. A row with NaN or +infinity becomes NaN.
void softmax(float* x, std::int64_t n);

/// gate[i] = silu(gate[i]) * up[i], silu(g) = g / (1 + e^-g).
void silu_gate(float* gate, const float* up, std::int64_t n);

/// GELU by the tanh formula (GPT-2's): x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.
void gelu_tanh(float* x, std::int64_t n);

/// Sums in binary64: sum x, sum (x - mean)^2, sum e^(x - shift).
double sum(const float* x, std::int64_t n);
double sum_squares(const float* x, double mean, std::int64_t n);
double sum_exp(const float* x, float shift, std::int64_t n);

/// The largest element that is no NaN; -infinity if there is none.
float largest(const float* x, std::int64_t n);

inline void softmax(double* x, std::int64_t n) {
  const double shift = *std::max_element(x, x + n);
  double total = 0.0;
  for (std::int64_t i = 0; i < n; ++i) total += x[i] = exp(x[i] - shift);
  for (std::int64_t i = 0; i < n; ++i) x[i] /= total;
}
inline void silu_gate(double* gate, const double* up, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) gate[i] = gate[i] / (1.0 + exp(-gate[i])) * up[i];
}
inline void gelu_tanh(double* x, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i)
    x[i] = x[i] / (1.0 + exp(-1.5957691216057308 * (x[i] + 0.044715 * x[i] * x[i] * x[i])));
}
inline double sum(const double* x, std::int64_t n) {
  double total = 0.0;
  for (std::int64_t i = 0; i < n; ++i) total += x[i];
  return total;
}
inline double sum_squares(const double* x, double mean, std::int64_t n) {
  double total = 0.0;
  for (std::int64_t i = 0; i < n; ++i) total += (x[i] - mean) * (x[i] - mean);
  return total;
}
inline double sum_exp(const double* x, double shift, std::int64_t n) {
  double total = 0.0;
  for (std::int64_t i = 0; i < n; ++i) total += exp(x[i] - shift);
  return total;
}
inline double largest(const double* x, std::int64_t n) {
  double result = -std::numeric_limits<double>::infinity();
  for (std::int64_t i = 0; i < n; ++i) result = x[i] > result ? x[i] : result;
  return result;
}

/// GELU by the error function: x (1 + erf(x / sqrt 2)) / 2. The only use of the C library's erf; its error is below 1
/// ulp, but its bits belong to the library.
template <class T>
void gelu_erf(T* x, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const auto value = static_cast<double>(x[i]);
    x[i] = static_cast<T>(0.5 * value * (1.0 + std::erf(value * 0.70710678118654752440)));
  }
}

}  // namespace octavo::sim::nn
