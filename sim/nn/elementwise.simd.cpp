// Row kernels of the models as plain loops that the compiler vectorises; sums have 16 lanes and a fixed tree.
#include "sim/nn/elementwise_kernel.h"

#include "sim/nn/lanes.h"

namespace octavo::sim::nn::elementwise_kernel {
namespace {

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

void exp(float* x, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) x[i] = exp_of(x[i]);
}

// A NaN does not take part: the caller's sums meet it.
float largest(const float* x, std::int64_t n) {
  Floats lanes;
  for (FloatVector& part : lanes.part) part = FloatVector{} - __builtin_inff();
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const Floats values = load(x + i);
    for (int p = 0; p < Floats::kParts; ++p)
      lanes.part[p] = values.part[p] > lanes.part[p] ? values.part[p] : lanes.part[p];
  }
  float each[kLanes];
  __builtin_memcpy(each, &lanes, sizeof each);
  float result = -__builtin_inff();
  for (const float lane : each) result = lane > result ? lane : result;
  for (; i < n; ++i) result = x[i] > result ? x[i] : result;
  return result;
}

void softmax(float* x, std::int64_t n) {
  const float shift = largest(x, n);
  for (std::int64_t i = 0; i < n; ++i) x[i] = exp_of(x[i] - shift);
  Floats lanes = {};
  const auto add = [&](const float* piece) {
    const Floats values = load(piece);
    for (int p = 0; p < Floats::kParts; ++p) lanes.part[p] += values.part[p];
  };
  for_each_piece(n, add, x);
  const float factor = 1.0F / tree_sum<float>(lanes);
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

[[gnu::always_inline]] inline void add_all(Doubles& lanes, const float* x, std::int64_t n) {
  const auto add = [&](const float* piece) {
    const Doubles values = load_wide(piece);
    for (int p = 0; p < Doubles::kParts; ++p) lanes.part[p] += values.part[p];
  };
  for_each_piece(n, add, x);
}

double sum(const float* x, std::int64_t n) {
  Doubles lanes = {};
  add_all(lanes, x, n);
  return tree_sum<double>(lanes);
}

double sum_squares(const float* x, double mean, std::int64_t n) {
  Doubles lanes = {};
  const std::int64_t whole = n / kLanes * kLanes;
  const auto add = [&](const float* piece) {
    const Doubles values = load_wide(piece);
    for (int p = 0; p < Doubles::kParts; ++p) {
      const DoubleVector deviation = values.part[p] - mean;
      lanes.part[p] += deviation * deviation;
    }
  };
  for_each_piece(whole, add, x);
  double each[kLanes];
  __builtin_memcpy(each, &lanes, sizeof each);
  for (std::int64_t i = whole; i < n; ++i) {
    const double deviation = static_cast<double>(x[i]) - mean;
    each[i - whole] += deviation * deviation;
  }
  return tree_sum<double>(each);
}

double sum_exp(const float* x, float shift, std::int64_t n) {
  constexpr std::int64_t kBlock = 512;
  float block[kBlock];
  Doubles lanes = {};
  for (std::int64_t start = 0; start < n; start += kBlock) {
    const std::int64_t count = n - start < kBlock ? n - start : kBlock;
    for (std::int64_t i = 0; i < count; ++i) block[i] = exp_of(x[start + i] - shift);
    add_all(lanes, block, count);
  }
  return tree_sum<double>(lanes);
}

}  // namespace

namespace OCTAVO_ISA {
const Kernels kernels{exp, softmax, silu_gate, gelu_tanh, sum, sum_squares, largest, sum_exp};
}

}  // namespace octavo::sim::nn::elementwise_kernel
