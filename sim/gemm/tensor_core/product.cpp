// Checking, printing and evaluating a product's description.
#include "sim/gemm/tensor_core/product.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "messages/error.h"

namespace octavo::sim::gemm {
namespace {

std::string format_name(const formats::Spec& spec) {
  constexpr std::array kSuffix{"", "fn", "fnuz", "none", "nuz", "integer"};
  return fmt::format("e{}m{}b{}{}", spec.exponent_bits, spec.mantissa_bits, spec.bias,
                     kSuffix[static_cast<std::size_t>(spec.specials)]);
}

}  // namespace

const Architecture& resolve(const Product& product) {
  const Architecture& row = architecture(product.architecture, product.accumulator, product.variant);
  if (row.scale == BlockScale::required)
    throw Error(
        fmt::format("{} multiplies block-scaled operands, which an engine of plain codes does not carry; use "
                    "dot_add with Scales",
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

std::string to_string(const Product& product) {
  std::string text = product.architecture;
  if (!product.variant.empty()) text += "." + product.variant;
  text += fmt::format(" accumulator={} promotion={}", name(product.accumulator), product.promotion);
  text += fmt::format(" split_k={}", product.split.parts);
  if (product.split.parts > 1)
    text += fmt::format(" split_layout={} split_tile={} split_order={}",
                        product.split.layout == SplitLayout::contiguous ? "contiguous" : "interleaved",
                        product.split.tile, product.split.order == SplitOrder::ascending ? "ascending" : "pairwise");
  const Epilogue& e = product.epilogue;
  text += fmt::format(" alpha={} beta={} a_scale={} b_scale={} c_scale={} output_scale={} output={}", e.alpha, e.beta,
                      e.a_scale, e.b_scale, e.c_scale, e.output_scale, e.output ? format_name(*e.output) : "f32");
  if (e.scales != ScaleOrder::alpha_a_b) text += fmt::format(" scale_order={}", name(e.scales));
  if (e.addends != AddendOrder::bias_inside) text += fmt::format(" addend_order={}", name(e.addends));
  return text;
}

float dot(const Product& product, const Architecture& row, const CodeRow& a, const CodeRow& b, const DepthOrder& depth,
          float c) {
  std::vector<float> partials;
  for (std::size_t part = 0; part + 1 < depth.bounds.size(); ++part)
    partials.push_back(
        promoted_sum(row, a, b, depth.bounds[part], depth.bounds[part + 1], product.promotion, part == 0 ? c : 0.0f));
  return add_parts(product.split.order, partials);
}

}  // namespace octavo::sim::gemm
