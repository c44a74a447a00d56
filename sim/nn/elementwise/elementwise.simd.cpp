// Row kernels of the models: softmax and sums in 16 lanes with a fixed tree, the rest as loops for the compiler.
#include "sim/nn/elementwise/elementwise_kernel.h"

#include "sim/nn/elementwise/lanes.h"

namespace octavo::sim::nn::elementwise_kernel {
namespace {

// e^x by n = round(x / ln 2), the Taylor series of e^r to r^7 (|r| < 0.347), and 2^n in two factors, so that subnormal
// and overflowing results come out by multiplication. n * 0.693359375 is exact. Number: float, or a vector of them.
template <class Int, class Number>
[[gnu::always_inline]] inline Number exp_of(Number x) {
  constexpr float kMagic = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer
  const Number lowest = Number{} - 104.0F;
  const Number highest = Number{} + 89.0F;
  x = x < lowest ? lowest : x;
  x = x > highest ? highest : x;
  const Number shifted = x * 1.44269504F + kMagic;
  const Int n = __builtin_bit_cast(Int, shifted) - __builtin_bit_cast(std::int32_t, kMagic);
  const Number whole = shifted - kMagic;
  const Number r = (x - whole * 0.693359375F) + whole * 2.12194440e-4F;
  Number sum = Number{} + 1.0F / 5040.0F;
  sum = sum * r + 1.0F / 720.0F;
  sum = sum * r + 1.0F / 120.0F;
  sum = sum * r + 1.0F / 24.0F;
  sum = sum * r + 1.0F / 6.0F;
  sum = sum * r + 0.5F;
  sum = sum * (r * r) + r + 1.0F;
  const Int half = n >> 1;
  const auto power_of_two = [](Int exponent) { return __builtin_bit_cast(Number, (exponent + 127) << 23); };
  return sum * power_of_two(half) * power_of_two(n - half);
}
[[gnu::always_inline]] inline float exp_of(float x) { return exp_of<std::int32_t, float>(x); }

/// e^(x - shift), lane by lane.
[[gnu::always_inline]] inline Floats exp_above(float shift, Floats x) {
  for (FloatVector& part : x.part) part = exp_of<IntVector, FloatVector>(part - shift);
  return x;
}

[[gnu::always_inline]] inline void add(Floats* sum, const Floats& x) {
  for (int p = 0; p < Floats::kParts; ++p) sum->part[p] += x.part[p];
}
[[gnu::always_inline]] inline void add(Doubles* sum, const Doubles& x) {
  for (int p = 0; p < Doubles::kParts; ++p) sum->part[p] += x.part[p];
}
[[gnu::always_inline]] inline Floats times(Floats x, float factor) {
  for (FloatVector& part : x.part) part *= factor;
  return x;
}

[[gnu::always_inline]] inline float sigmoid(float x) { return 1.0F / (1.0F + exp_of(-x)); }

void exp(float* x, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) x[i] = exp_of(x[i]);
}

// A NaN does not take part: the caller's sums meet it.
float largest(const float* x, std::int64_t n) {
  const auto larger = [](auto a, auto b) { return a > b ? a : b; };
  Floats lanes;
  for (FloatVector& part : lanes.part) part = FloatVector{} - __builtin_inff();
  const auto take = [&](const Floats& values) {
    for (int p = 0; p < Floats::kParts; ++p) lanes.part[p] = larger(values.part[p], lanes.part[p]);
  };
  const std::int64_t whole = n / kLanes * kLanes;
  for (std::int64_t i = 0; i < whole; i += kLanes) take(load(x + i));
  if (whole < n) take(first_of(load_first(x + whole, n - whole), n - whole, -__builtin_inff()));
  return tree(lanes, larger);
}

// Attention has many short rows, so the last elements matter as much as the whole vectors before them.
void softmax(float* x, std::int64_t n) {
  const float shift = largest(x, n);
  const std::int64_t whole = n / kLanes * kLanes;
  const std::int64_t rest = n - whole;
  auto sum = zeros<Floats>();
  for (std::int64_t i = 0; i < whole; i += kLanes) {
    const Floats powers = exp_above(shift, load(x + i));
    store(x + i, powers);
    add(&sum, powers);
  }
  auto last = zeros<Floats>();
  if (rest > 0) {
    last = exp_above(shift, load_first(x + whole, rest));
    add(&sum, first_of(last, rest));
  }
  const float factor = 1.0F / tree_sum(sum);
  for (std::int64_t i = 0; i < whole; i += kLanes) store(x + i, times(load(x + i), factor));
  if (rest > 0) store_first(x + whole, times(last, factor), rest);
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
  auto lanes = zeros<Doubles>();
  for_each_piece(
      n, [&](const Floats& piece) { add(&lanes, widen(piece)); }, x);
  return tree_sum(lanes);
}

double sum_squares(const float* x, double mean, std::int64_t n) {
  auto lanes = zeros<Doubles>();
  const auto squares = [&](const Floats& piece) {
    Doubles result = widen(piece);
    for (DoubleVector& part : result.part) part = (part - mean) * (part - mean);
    return result;
  };
  const std::int64_t whole = n / kLanes * kLanes;
  for (std::int64_t i = 0; i < whole; i += kLanes) add(&lanes, squares(load(x + i)));
  if (whole < n) add(&lanes, first_of(squares(load_first(x + whole, n - whole)), n - whole));
  return tree_sum(lanes);
}

double sum_exp(const float* x, float shift, std::int64_t n) {
  auto lanes = zeros<Doubles>();
  const std::int64_t whole = n / kLanes * kLanes;
  for (std::int64_t i = 0; i < whole; i += kLanes) add(&lanes, widen(exp_above(shift, load(x + i))));
  if (whole < n) add(&lanes, widen(first_of(exp_above(shift, load_first(x + whole, n - whole)), n - whole)));
  return tree_sum(lanes);
}

}  // namespace

namespace OCTAVO_ISA {
const Kernels kernels{exp, softmax, silu_gate, gelu_tanh, sum, sum_squares, largest, sum_exp};
}

}  // namespace octavo::sim::nn::elementwise_kernel
