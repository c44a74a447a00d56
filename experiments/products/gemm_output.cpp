// Printing products and their differences.
#include "experiments/products/gemm_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "experiments/printed/json.h"
#include "messages/printable.h"

namespace octavo::experiments {
namespace {

using nlohmann::ordered_json;
using printed::number;

constexpr std::size_t kShown = 3;  // differing outputs of each engine

std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }

/// The first outputs of `product` that differ from the reference's in any bit.
std::vector<std::size_t> first_differences(const GemmProduct& product, const GemmProduct& reference) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < product.d.size() && found.size() < kShown; ++i)
    if (bits(product.d[i]) != bits(reference.d[i])) found.push_back(i);
  return found;
}

std::string operand_text(const char* name, const GemmOperand& operand) {
  std::string text = fmt::format("{}: {} x {} {} ({})\n", name, operand.rows, operand.depth, operand.content,
                                 messages::printable(operand.name));
  if (operand.nan + operand.infinite > 0)
    text += fmt::format("not finite: {} NaN and {} infinite elements in {}{}\n", operand.nan, operand.infinite, name,
                        operand.scale_is_nan ? "; its format has no NaN, so its scale is NaN" : "");
  return text;
}

ordered_json operand_json(const GemmOperand& operand) {
  return {{"file", operand.name}, {"sha256", operand.sha256},    {"format", operand.format},
          {"bias", operand.bias}, {"rows", operand.rows},        {"depth", operand.depth},
          {"nan", operand.nan},   {"infinite", operand.infinite}};
}

}  // namespace

std::string gemm_text(const GemmResult& result) {
  const GemmProduct& reference = result.products[result.reference];
  std::string out = operand_text("A", result.a) + operand_text("B", result.b);
  if (!result.note.empty()) out += fmt::format("note: {}\n", result.note);
  out += '\n';
  std::size_t width = 6;
  for (const GemmProduct& product : result.products) width = std::max(width, product.label.size());
  for (const GemmProduct& product : result.products)
    out += fmt::format("{:<{}}  {}\n", product.label, width, product.description);
  out += fmt::format("\nagainst {}, of {} outputs:\n", reference.label, reference.d.size());
  out += fmt::format("  {:<{}} {:>10} {:>12} {:>12} {:>12} {:>12} {:>10}\n", "engine", width, "differing",
                     "largest rel", "median rel", "normwise", "largest abs", "not finite");
  for (std::size_t i = 0; i < result.products.size(); ++i) {
    const GemmProduct& product = result.products[i];
    const ErrorMeasures& error = product.error;
    if (i == result.reference) continue;
    out += fmt::format("  {:<{}} {:>10} {:>12.4e} {:>12.4e} {:>12.4e} {:>12.4e} {:>10}\n", product.label, width,
                       error.differing, error.largest_relative, error.median_relative, error.normwise_relative,
                       error.largest_absolute, error.non_finite);
  }
  const auto columns = static_cast<std::size_t>(result.b.rows);
  for (const GemmProduct& product : result.products)
    for (const std::size_t i : first_differences(product, reference))
      out += fmt::format("  D[{}, {}]: {} 0x{:08x} ({:.9g}), {} 0x{:08x} ({:.9g})\n", i / columns, i % columns,
                         product.label, bits(product.d[i]), product.d[i], reference.label, bits(reference.d[i]),
                         reference.d[i]);
  return out;
}

std::string gemm_json(const GemmResult& result) {
  const GemmProduct& reference = result.products[result.reference];
  const auto columns = static_cast<std::size_t>(result.b.rows);
  ordered_json json = {{"a", operand_json(result.a)},
                       {"b", operand_json(result.b)},
                       {"note", result.note},
                       {"reference", reference.label},
                       {"products", ordered_json::array()}};
  for (const GemmProduct& product : result.products) {
    ordered_json first = ordered_json::array();
    for (const std::size_t i : first_differences(product, reference))
      first.push_back({{"row", i / columns},
                       {"column", i % columns},
                       {"bits", fmt::format("0x{:08x}", bits(product.d[i]))},
                       {"reference_bits", fmt::format("0x{:08x}", bits(reference.d[i]))}});
    const ErrorMeasures& error = product.error;
    json["products"].push_back({{"engine", product.engine},
                                {"label", product.label},
                                {"product", product.description},
                                {"outputs", error.outputs},
                                {"differing", error.differing},
                                {"non_finite", error.non_finite},
                                {"largest_relative_error", number(error.largest_relative)},
                                {"median_relative_error", number(error.median_relative)},
                                {"normwise_relative_error", number(error.normwise_relative)},
                                {"largest_absolute_error", number(error.largest_absolute)},
                                {"first", first}});
  }
  return printed::dumped(json);
}

}  // namespace octavo::experiments
