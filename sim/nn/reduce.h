// Sums over rows in an order that does not depend on the number of threads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "machine/share.h"

namespace octavo::sim::nn {

/// Calls add(t, partial) for each row t, which adds `width` values to `partial`: rows of a block of 64 ascending, into
/// zeros. out[0..width) is then the sum of the blocks, ascending, in binary64.
template <class T, class Add>
void sum_over_rows(std::int64_t rows, std::int64_t width, T* out, const Add& add) {
  constexpr std::int64_t kBlock = 64;
  const std::int64_t blocks = (rows + kBlock - 1) / kBlock;
  std::vector<T> partials(static_cast<std::size_t>(blocks * width));
  machine::share(blocks, static_cast<double>(kBlock * width), [&](std::int64_t block) {
    for (std::int64_t t = block * kBlock; t < std::min(rows, (block + 1) * kBlock); ++t)
      add(t, partials.data() + block * width);
  });
  for (std::int64_t i = 0; i < width; ++i) {
    double total = 0.0;
    for (std::int64_t block = 0; block < blocks; ++block)
      total += static_cast<double>(partials[static_cast<std::size_t>(block * width + i)]);
    out[i] = static_cast<T>(total);
  }
}

}  // namespace octavo::sim::nn
