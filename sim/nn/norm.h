// LayerNorm and RMSNorm over rows.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "machine/share.h"
#include "sim/nn/elementwise/elementwise.h"
#include "sim/nn/elementwise/elementwise_backward.h"
#include "sim/nn/reduce.h"

namespace octavo::sim::nn {

/// gain [C]; bias [C] for LayerNorm, empty for RMSNorm. Sums are taken in binary64.
template <class T>
struct Norm {
  std::vector<T> gain;
  std::vector<T> bias;
  double epsilon = 1e-5;
};

/// y[t, c] from x[t, c], rows x C. LayerNorm: (x - mean) / sqrt(variance + eps) * gain + bias;
/// RMSNorm: x / sqrt(mean square + eps) * gain. x and y may be the same.
template <class T>
void norm_forward(const Norm<T>& norm, const T* x, std::int64_t rows, T* y) {
  const auto width = static_cast<std::int64_t>(norm.gain.size());
  const bool centred = !norm.bias.empty();
  machine::share(rows, static_cast<double>(width), [&](std::int64_t t) {
    const T* in = x + t * width;
    T* out = y + t * width;
    const double mean = centred ? sum(in, width) / static_cast<double>(width) : 0.0;
    const double variance = sum_squares(in, mean, width) / static_cast<double>(width);
    const T shift = static_cast<T>(mean);
    const T factor = static_cast<T>(1.0 / std::sqrt(variance + norm.epsilon));
    if (centred)
      for (std::int64_t c = 0; c < width; ++c) out[c] = (in[c] - shift) * factor * norm.gain[c] + norm.bias[c];
    else
      for (std::int64_t c = 0; c < width; ++c) out[c] = in[c] * factor * norm.gain[c];
  });
}

/// dx[t, c] from x and dy, rows x C; adds to dgain [C] and, for LayerNorm, dbias [C]. dx may be dy. Statistics of x are
/// computed again; rows are added up in blocks of 64, then block by block, for any number of threads.
template <class T>
void norm_backward(const Norm<T>& norm, const T* x, const T* dy, std::int64_t rows, T* dx, T* dgain, T* dbias) {
  const auto width = static_cast<std::int64_t>(norm.gain.size());
  const bool centred = !norm.bias.empty();
  const std::int64_t sums = centred ? 2 * width : width;
  std::vector<T> total(static_cast<std::size_t>(sums));
  sum_over_rows<T>(rows, sums, total.data(), [&](std::int64_t t, T* partial) {
    const T* in = x + t * width;
    const double mean = centred ? sum(in, width) / static_cast<double>(width) : 0.0;
    const double variance = sum_squares(in, mean, width) / static_cast<double>(width);
    norm_row_backward(in, norm.gain.data(), dy + t * width, mean, 1.0 / std::sqrt(variance + norm.epsilon), width,
                      dx + t * width, partial, centred ? partial + width : nullptr);
  });
  for (std::int64_t c = 0; c < width; ++c) dgain[c] += total[static_cast<std::size_t>(c)];
  for (std::int64_t c = 0; c < width && centred; ++c) dbias[c] += total[static_cast<std::size_t>(width + c)];
}

}  // namespace octavo::sim::nn
