// Layouts and reduction orders of split-K.
#include "sim/gemm/tensor_core/split_k.h"

#include <algorithm>
#include <cassert>

#include "sim/gemm/tensor_core/promote.h"

namespace octavo::sim::gemm {

DepthOrder depth_order(const SplitK& split, std::int64_t depth, int instruction_depth) {
  assert(split.parts >= 1 && split.tile >= 1);
  const std::int64_t tile = split.parts == 1 ? std::max<std::int64_t>(depth, 1) : split.tile;
  const std::int64_t tiles = (depth + tile - 1) / tile;
  const std::int64_t tiles_per_part = (tiles + split.parts - 1) / split.parts;
  DepthOrder result;
  result.bounds.push_back(0);
  for (std::int64_t part = 0; part < split.parts; ++part) {
    const bool contiguous = split.layout == SplitLayout::contiguous;
    const std::int64_t first = contiguous ? part * tiles_per_part : part;
    const std::int64_t last = contiguous ? std::min(tiles, first + tiles_per_part) : tiles;
    for (std::int64_t t = first; t < last; t += contiguous ? 1 : split.parts)
      for (std::int64_t k = t * tile; k < std::min(depth, (t + 1) * tile); ++k) result.order.push_back(k);
    while ((static_cast<std::int64_t>(result.order.size()) - result.bounds.back()) % instruction_depth != 0)
      result.order.push_back(-1);
    result.bounds.push_back(static_cast<std::int64_t>(result.order.size()));
  }
  return result;
}

float add_parts(SplitOrder order, std::span<const float> partials) {
  const std::size_t parts = partials.size();
  if (order == SplitOrder::ascending || parts == 1) {
    float sum = partials[0];
    for (std::size_t s = 1; s < parts; ++s) sum = canonical(sum + partials[s]);
    return sum;
  }
  const std::size_t half = (parts + 1) / 2;
  float sum = partials[parts - 1];
  for (std::size_t i = 0; i < half; ++i) {
    const bool paired = i + half < parts - 1;  // the last part stands first in the chain and is nobody's partner
    sum = canonical(sum + (paired ? canonical(partials[i] + partials[i + half]) : partials[i]));
  }
  return sum;
}

}  // namespace octavo::sim::gemm
