// Token and position embeddings, and rotary positions.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "machine/share.h"
#include "sim/nn/elementwise/elementary.h"
#include "sim/nn/rope_scaling.h"

namespace octavo::sim::nn {

/// y[t, :] = table[ids[t], :], table [V, C]. Ids are valid.
template <class T>
void embed(std::span<const std::int32_t> ids, const T* table, std::int64_t width, T* y) {
  for (std::size_t t = 0; t < ids.size(); ++t) {
    const T* row = table + ids[t] * width;
    for (std::int64_t c = 0; c < width; ++c) y[static_cast<std::int64_t>(t) * width + c] = row[c];
  }
}

/// dtable[ids[t], :] += dy[t, :], t ascending. Threads share the columns.
template <class T>
void embed_backward(std::span<const std::int32_t> ids, const T* dy, std::int64_t width, T* dtable) {
  constexpr std::int64_t kColumns = 64;
  const std::int64_t strips = (width + kColumns - 1) / kColumns;
  machine::share(strips, static_cast<double>(ids.size()) * kColumns, [&](std::int64_t strip) {
    const std::int64_t first = strip * kColumns;
    for (std::size_t t = 0; t < ids.size(); ++t)
      for (std::int64_t c = first; c < std::min(first + kColumns, width); ++c)
        dtable[ids[t] * width + c] += dy[static_cast<std::int64_t>(t) * width + c];
  });
}

/// Angles of rotary positions (RoFormer, arXiv 2104.09864): pair i of a head turns by position * theta^(-2i / d).
/// Angles are computed in binary64 and their sine and cosine rounded to T.
template <class T>
class Rope {
 public:
  Rope() = default;
  Rope(std::int64_t positions, std::int64_t head_width, double theta, const RopeScaling& scaling)
      : pairs_(head_width / 2) {
    std::vector<double> frequencies;
    for (std::int64_t i = 0; i < pairs_; ++i)
      frequencies.push_back(
          scaled(exp(-2.0 * static_cast<double>(i) / static_cast<double>(head_width) * log(theta)), scaling));
    cosine_.resize(static_cast<std::size_t>(positions * pairs_));
    sine_.resize(cosine_.size());
    for (std::int64_t p = 0; p < positions; ++p)
      for (std::int64_t i = 0; i < pairs_; ++i) {
        const SinCos angle = sin_cos(static_cast<double>(p) * frequencies[static_cast<std::size_t>(i)]);
        cosine_[static_cast<std::size_t>(p * pairs_ + i)] = static_cast<T>(angle.cos);
        sine_[static_cast<std::size_t>(p * pairs_ + i)] = static_cast<T>(angle.sin);
      }
  }

  /// Turns each of `heads` heads of one row, pairs (i, i + head_width / 2).
  void rotate(T* row, std::int64_t heads, std::int64_t position) const { turn(row, heads, position, T(1)); }

  /// Turns them back: the derivative of rotate.
  void rotate_backward(T* row, std::int64_t heads, std::int64_t position) const { turn(row, heads, position, T(-1)); }

 private:
  void turn(T* row, std::int64_t heads, std::int64_t position, T direction) const {
    const T* cosine = cosine_.data() + position * pairs_;
    const T* sine = sine_.data() + position * pairs_;
    for (std::int64_t h = 0; h < heads; ++h) {
      T* low = row + h * 2 * pairs_;
      T* high = low + pairs_;
      for (std::int64_t i = 0; i < pairs_; ++i) {
        const T a = low[i];
        const T b = high[i];
        const T s = direction * sine[i];
        low[i] = a * cosine[i] - b * s;
        high[i] = b * cosine[i] + a * s;
      }
    }
  }

  static double scaled(double frequency, const RopeScaling& scaling) {
    using Kind = RopeScaling::Kind;
    if (scaling.kind == Kind::none) return frequency;
    if (scaling.kind == Kind::linear) return frequency / scaling.factor;
    // Llama 3.1: long waves are stretched, short ones kept, those between interpolated.
    const double turns = scaling.original_context * frequency / 6.283185307179586477;
    if (turns < scaling.low_frequency_factor) return frequency / scaling.factor;
    if (turns > scaling.high_frequency_factor) return frequency;
    const double smooth =
        (turns - scaling.low_frequency_factor) / (scaling.high_frequency_factor - scaling.low_frequency_factor);
    return (1.0 - smooth) * frequency / scaling.factor + smooth * frequency;
  }

  std::int64_t pairs_ = 0;
  std::vector<T> cosine_;
  std::vector<T> sine_;
};

}  // namespace octavo::sim::nn
