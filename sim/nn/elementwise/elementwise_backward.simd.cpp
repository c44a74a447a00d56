// Derivative kernels: softmax and sums in 16 lanes with a fixed tree, the rest as loops for the compiler.
#include "sim/nn/elementwise/elementwise_backward_kernel.h"

#include "sim/nn/elementwise/lanes.h"

namespace octavo::sim::nn::elementwise_backward_kernel {
namespace {

constexpr float kTwoRootTwoOverPi = 1.59576912F;

void softmax(const float* p, float* dp, float factor, std::int64_t n) {
  auto lanes = zeros<Doubles>();
  const auto add = [&](const Floats& p_piece, const Floats& dp_piece) {
    const Doubles left = widen(p_piece);
    const Doubles right = widen(dp_piece);
    for (int i = 0; i < Doubles::kParts; ++i) lanes.part[i] += left.part[i] * right.part[i];
  };
  for_each_piece(n, add, p, dp);
  const auto mean = static_cast<float>(tree_sum(lanes));
  const auto derivative = [&](const Floats& p_piece, Floats dp_piece) {
    for (int i = 0; i < Floats::kParts; ++i) dp_piece.part[i] = p_piece.part[i] * (dp_piece.part[i] - mean) * factor;
    return dp_piece;
  };
  const std::int64_t whole = n / kLanes * kLanes;
  const std::int64_t rest = n - whole;
  for (std::int64_t i = 0; i < whole; i += kLanes) store(dp + i, derivative(load(p + i), load(dp + i)));
  if (rest > 0) store_first(dp + whole, derivative(load_first(p + whole, rest), load_first(dp + whole, rest)), rest);
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
  auto total = zeros<Doubles>();
  auto projection = zeros<Doubles>();
  const auto add = [&](const Floats& x_piece, const Floats& gain_piece, const Floats& dy_piece) {
    const Doubles values = widen(x_piece);
    const Doubles gains = widen(gain_piece);
    const Doubles slopes = widen(dy_piece);
    for (int i = 0; i < Doubles::kParts; ++i) {
      const DoubleVector slope = slopes.part[i] * gains.part[i];
      total.part[i] += slope;
      projection.part[i] += slope * (values.part[i] - mean);  // 0 beyond n, since slope is
    }
  };
  for_each_piece(n, add, x, gain, dy);
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
