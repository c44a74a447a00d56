// Checking, printing and evaluating a product's description.
#include "sim/gemm/tensor_core/product.h"

#include <fmt/format.h>

#include <vector>

#include "messages/error.h"

namespace octavo::sim::gemm {
const Architecture& resolve(const TensorCoreProduct& product) {
  const Architecture& row = architecture(product.architecture, product.accumulator, product.variant);
  if (row.scale == BlockScale::required && (product.promotion != 0 || product.split.parts != 1))
    throw Error(
        fmt::format("{} keeps one sum along all of K in its accumulator, whose scales it multiplies itself; give "
                    "promotion 0 and no split-K",
                    row.name));
  if (product.promotion < 0 || product.promotion % row.depth != 0)
    throw Error(fmt::format("promotion every {} elements of K: {} needs a multiple of {}, or 0 for never",
                            product.promotion, row.name, row.depth));
  if (product.split.parts < 1 || product.split.tile < 1 || product.split.tile % row.depth != 0)
    throw Error(
        fmt::format("split-K into {} parts of tiles of {}: {} needs at least one part and tiles of a multiple "
                    "of {}",
                    product.split.parts, product.split.tile, row.name, row.depth));
  return row;
}

std::string to_string(const TensorCoreProduct& product) {
  std::string text = product.architecture;
  if (!product.variant.empty()) text += "." + product.variant;
  text += fmt::format(" accumulator={} promotion={}", name(product.accumulator), product.promotion);
  text += fmt::format(" split_k={}", product.split.parts);
  if (product.split.parts > 1)
    text += fmt::format(" split_layout={} split_tile={} split_order={}",
                        product.split.layout == SplitLayout::contiguous ? "contiguous" : "interleaved",
                        product.split.tile, product.split.order == SplitOrder::ascending ? "ascending" : "pairwise");
  return text;
}

float dot(const TensorCoreProduct& product, const Architecture& row, const CodeRow& a, const CodeRow& b,
          const DepthOrder& depth, float c) {
  std::vector<float> partials;
  for (std::size_t part = 0; part + 1 < depth.bounds.size(); ++part)
    partials.push_back(
        promoted_sum(row, a, b, depth.bounds[part], depth.bounds[part + 1], product.promotion, part == 0 ? c : 0.0f));
  return add_parts(product.split.order, partials);
}

}  // namespace octavo::sim::gemm
