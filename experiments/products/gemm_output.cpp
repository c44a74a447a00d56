// Printing products and their differences.
#include "experiments/products/gemm_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "experiments/printed/json.h"
#include "experiments/printed/text_table.h"
#include "messages/printable.h"

namespace octavo::experiments {
namespace {

using nlohmann::ordered_json;
using printed::Fit;
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
  std::string text = printed::wrapped(fmt::format("{}: {} x {} {} ({})", name, operand.rows, operand.depth,
                                                  operand.content, messages::printable(operand.name)),
                                      printed::kWidth, 3) +
                     '\n';
  if (operand.nan + operand.infinite > 0)
    text += fmt::format("not finite: {} NaN and {} infinite elements in {}\n", operand.nan, operand.infinite, name);
  if (operand.nan_scales > 0)
    text += fmt::format("scales that are NaN in {}: {}, for what has no code\n", name, operand.nan_scales);
  return text;
}

ordered_json operand_json(const GemmOperand& operand) {
  return {{"file", operand.name},         {"sha256", operand.sha256},
          {"format", operand.format},     {"scaling", operand.scaling},
          {"bias", operand.bias},         {"rows", operand.rows},
          {"depth", operand.depth},       {"nan", operand.nan},
          {"infinite", operand.infinite}, {"nan_scales", operand.nan_scales}};
}

}  // namespace

std::string gemm_text(const GemmResult& result) {
  const GemmProduct& reference = result.products[result.reference];
  std::string out = operand_text("A", result.a) + operand_text("B", result.b);
  if (!result.note.empty()) out += printed::wrapped("note: " + result.note, printed::kWidth, 2) + '\n';
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < result.products.size(); ++i) {
    const ErrorMeasures& error = result.products[i].error;
    if (i == result.reference) continue;
    rows.push_back({result.products[i].label, std::to_string(error.differing), std::to_string(error.largest_ulps),
                    fmt::format("{:.2e}", error.largest_relative), fmt::format("{:.2e}", error.median_relative),
                    fmt::format("{:.2e}", error.normwise_relative), std::to_string(error.non_finite),
                    fmt::format("{:.2e}", error.largest_absolute)});
  }
  out += fmt::format("\nagainst {}, of {} outputs:\n", reference.label, reference.d.size());
  out += printed::text_table({{"engine", true, Fit::shortens},
                              {"differing"},
                              {"ulps"},
                              {"largest rel"},
                              {"median rel", false, Fit::may_go},
                              {"normwise", false, Fit::may_go},
                              {"not finite", false, Fit::may_go},
                              {"largest abs", false, Fit::may_go}},
                             rows, 2);
  const auto columns = static_cast<std::size_t>(result.b.rows);
  std::vector<std::vector<std::string>> shown;
  for (const GemmProduct& product : result.products)
    for (const std::size_t i : first_differences(product, reference))
      shown.push_back({fmt::format("D[{}, {}]", i / columns, i % columns), product.label,
                       fmt::format("0x{:08x}", bits(product.d[i])), fmt::format("{:.9g}", product.d[i]),
                       fmt::format("0x{:08x}", bits(reference.d[i])), fmt::format("{:.9g}", reference.d[i])});
  if (!shown.empty())
    out += "\nthe first that differ:\n" + printed::text_table({{"output", true},
                                                               {"engine", true, Fit::shortens},
                                                               {"bits", true},
                                                               {"value"},
                                                               {"against", true},
                                                               {"value"}},
                                                              shown, 2);
  if (result.own) out += result.refuted() ? "not the same bits\n" : "the same bits\n";
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
                                {"largest_ulps", error.largest_ulps},
                                {"largest_relative_error", number(error.largest_relative)},
                                {"median_relative_error", number(error.median_relative)},
                                {"normwise_relative_error", number(error.normwise_relative)},
                                {"largest_absolute_error", number(error.largest_absolute)},
                                {"first", first}});
  }
  return printed::dumped(json);
}

}  // namespace octavo::experiments
