// The rows of a micro-batch that the head is computed for.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/nn/loss.h"

namespace octavo::sim::model {

/// The positions whose target is scored: only they need logits.
template <class T>
struct ScoredRows {
  std::vector<std::int64_t> position;  ///< ascending
  std::vector<std::int32_t> target;
  std::vector<T> copied;  ///< their rows of the residual stream, unless they are all there are
  const T* x = nullptr;   ///< [positions, C]

  ScoredRows(const T* stream, std::span<const std::int32_t> targets, std::int64_t width) : x(stream) {
    for (std::size_t t = 0; t < targets.size(); ++t) {
      if (targets[t] == nn::kNotScored) continue;
      position.push_back(static_cast<std::int64_t>(t));
      target.push_back(targets[t]);
    }
    if (position.size() == targets.size()) return;
    for (const std::int64_t t : position) copied.insert(copied.end(), stream + t * width, stream + (t + 1) * width);
    x = copied.data();
  }
  ScoredRows(const ScoredRows&) = delete;
  ScoredRows& operator=(const ScoredRows&) = delete;

  std::int64_t count() const { return static_cast<std::int64_t>(position.size()); }

  /// Moves row i of y, the first of `rows` rows, to its position; zeros between them.
  void spread(T* y, std::int64_t rows, std::int64_t width) const {
    std::int64_t end = rows;
    for (std::int64_t i = count(); i-- > 0;) {
      const std::int64_t t = position[static_cast<std::size_t>(i)];
      std::fill(y + (t + 1) * width, y + end * width, T(0));
      if (t != i) std::copy_n(y + i * width, width, y + t * width);
      end = t;
    }
    std::fill(y, y + end * width, T(0));
  }
};

}  // namespace octavo::sim::model
