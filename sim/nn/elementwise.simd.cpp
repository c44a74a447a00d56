// Row kernels of the models as plain loops that the compiler vectorises; sums have 16 lanes and a fixed tree.
#include "sim/nn/elementwise_kernel.h"

namespace octavo::sim::nn::elementwise_kernel {
namespace {

constexpr int kLanes = 16;

[[gnu::always_inline]] inline float power_of_two(std::int32_t n) { return __builtin_bit_cast(float, (n + 127) << 23); }

// e^x by n = round(x / ln 2), the Taylor series of e^r to r^7 (|r| < 0.347), and 2^n in two factors, so that subnormal
// and overflowing results come out by multiplication. n * 0.693359375 is exact.
[[gnu::always_inline]] inline float exp_of(float x) {
  constexpr float kMagic = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer
  x = x < -104.0F ? -104.0F : x;
  x = x > 89.0F ? 89.0F : x;
  const float shifted = x * 1.44269504F + kMagic;
  const std::int32_t n = __builtin_bit_cast(std::int32_t, shifted) - __builtin_bit_cast(std::int32_t, kMagic);
  const float whole = shifted - kMagic;
  const float r = (x - whole * 0.693359375F) + whole * 2.12194440e-4F;
  float sum = 1.0F / 5040.0F;
  sum = sum * r + 1.0F / 720.0F;
  sum = sum * r + 1.0F / 120.0F;
  sum = sum * r + 1.0F / 24.0F;
  sum = sum * r + 1.0F / 6.0F;
  sum = sum * r + 0.5F;
  sum = sum * (r * r) + r + 1.0F;
  const std::int32_t half = n >> 1;
  return sum * power_of_two(half) * power_of_two(n - half);
}

[[gnu::always_inline]] inline float sigmoid(float x) { return 1.0F / (1.0F + exp_of(-x)); }

// 16 lanes, however the processor holds them.
typedef float Floats __attribute__((vector_size(4 * kLanes)));
typedef double Doubles __attribute__((vector_size(8 * kLanes)));

// Elements i.. of x, at most 16; those beyond n are 0.
[[gnu::always_inline]] inline Floats load(const float* x, std::int64_t i, std::int64_t n) {
  Floats lanes = {};
  __builtin_memcpy(&lanes, x + i, n - i >= kLanes ? sizeof lanes : static_cast<unsigned>(n - i) * sizeof(float));
  return lanes;
}

template <class Lanes>
[[gnu::always_inline]] inline auto tree_sum(Lanes lanes) {
  for (int width = kLanes / 2; width > 0; width /= 2)
    for (int i = 0; i < width; ++i) lanes[i] += lanes[i + width];
  return lanes[0];
}

void exp(float* x, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) x[i] = exp_of(x[i]);
}

// A NaN does not take part: the caller's sums meet it.
float largest(const float* x, std::int64_t n) {
  Floats lanes = Floats{} - __builtin_inff();
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const Floats values = load(x, i, n);
    lanes = values > lanes ? values : lanes;
  }
  float result = -__builtin_inff();
  for (int j = 0; j < kLanes; ++j) result = lanes[j] > result ? lanes[j] : result;
  for (; i < n; ++i) result = x[i] > result ? x[i] : result;
  return result;
}

void softmax(float* x, std::int64_t n) {
  const float shift = largest(x, n);
  for (std::int64_t i = 0; i < n; ++i) x[i] = exp_of(x[i] - shift);
  Floats lanes = {};
  for (std::int64_t i = 0; i < n; i += kLanes) lanes += load(x, i, n);
  const float factor = 1.0F / tree_sum(lanes);
  for (std::int64_t i = 0; i < n; ++i) x[i] *= factor;
}

void silu_gate(float* gate, const float* up, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) gate[i] = gate[i] * sigmoid(gate[i]) * up[i];
}

// x (1 + tanh u) / 2 = x sigmoid(2u): no cancellation for negative u.
void gelu_tanh(float* x, std::int64_t n) {
  constexpr float kTwoRootTwoOverPi = 1.59576912F;
  for (std::int64_t i = 0; i < n; ++i) {
    const float u = kTwoRootTwoOverPi * (x[i] + 0.044715F * x[i] * x[i] * x[i]);
    x[i] = x[i] * sigmoid(u);
  }
}

double sum(const float* x, std::int64_t n) {
  Doubles lanes = {};
  for (std::int64_t i = 0; i < n; i += kLanes) lanes += __builtin_convertvector(load(x, i, n), Doubles);
  return tree_sum(lanes);
}

double sum_squares(const float* x, double mean, std::int64_t n) {
  Doubles lanes = {};
  const std::int64_t whole = n / kLanes * kLanes;
  for (std::int64_t i = 0; i < whole; i += kLanes) {
    const Doubles deviation = __builtin_convertvector(load(x, i, n), Doubles) - mean;
    lanes += deviation * deviation;
  }
  for (std::int64_t i = whole; i < n; ++i) {
    const double deviation = static_cast<double>(x[i]) - mean;
    lanes[i - whole] += deviation * deviation;
  }
  return tree_sum(lanes);
}

double sum_exp(const float* x, float shift, std::int64_t n) {
  constexpr std::int64_t kBlock = 512;
  float block[kBlock];
  Doubles lanes = {};
  for (std::int64_t start = 0; start < n; start += kBlock) {
    const std::int64_t count = n - start < kBlock ? n - start : kBlock;
    for (std::int64_t i = 0; i < count; ++i) block[i] = exp_of(x[start + i] - shift);
    for (std::int64_t i = 0; i < count; i += kLanes) lanes += __builtin_convertvector(load(block, i, count), Doubles);
  }
  return tree_sum(lanes);
}

}  // namespace

namespace OCTAVO_ISA {
const Kernels kernels{exp, softmax, silu_gate, gelu_tanh, sum, sum_squares, largest, sum_exp};
}

}  // namespace octavo::sim::nn::elementwise_kernel
