// Tables and JSON of formats; every number is derived from the format's Spec.
#include "experiments/tensors/formats_output.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "experiments/printed/text_table.h"
#include "formats/block.h"
#include "formats/catalog.h"
#include "formats/decode.h"
#include "formats/limits.h"
#include "formats/spelling.h"
#include "scaling/cast.h"
#include "scaling/recipe/policy_text.h"
#include "scaling/recipe/recipe.h"

namespace octavo::experiments {
namespace {

using formats::CatalogEntry;
using formats::Spec;
using nlohmann::ordered_json;
using printed::Fit;

std::string_view specials_name(formats::Specials specials) {
  constexpr std::array<std::string_view, 6> names{"ieee", "fn", "fnuz", "none", "nuz", "integer"};
  return names[static_cast<std::size_t>(specials)];
}

std::string_view description(const Spec& spec) {
  for (const CatalogEntry& entry : formats::catalog())
    if (entry.spec == spec) return entry.description;
  return {};
}

std::string short_number(double value) { return fmt::format("{:.4g}", value); }

std::string scale_name(const formats::BlockFormat& block) { return block.scale ? formats::name(*block.scale) : "fp32"; }

/// Digits enough for every code of the format.
std::string hex(const Spec& spec, std::uint32_t code) { return fmt::format("{:0{}x}", code, (spec.bits() + 3) / 4); }

std::string code_text(const Spec& spec, std::optional<std::uint32_t> code) { return code ? hex(spec, *code) : "-"; }

ordered_json limits_json(std::string_view name, const Spec& spec) {
  const formats::Limits limits = formats::limits(spec);
  const auto known = [](const auto& value) { return value ? ordered_json(*value) : ordered_json(); };
  return {{"name", name},
          {"description", description(spec)},
          {"bits", spec.bits()},
          {"exponent_bits", spec.exponent_bits},
          {"mantissa_bits", spec.mantissa_bits},
          {"bias", spec.bias},
          {"specials", specials_name(spec.specials)},
          {"has_sign", spec.has_sign},
          {"has_zero", spec.has_zero},
          {"max", limits.max},
          {"min_normal", known(limits.min_normal)},
          {"min_subnormal", known(limits.min_subnormal)},
          {"nan_code", known(limits.nan)},
          {"infinity_code", known(limits.infinity)},
          {"finite_values", limits.finite_values},
          {"max_relative_error", limits.max_relative_error},
          {"binades", limits.binades}};
}

/// Columns of consecutive codes, at most four: with a sign the right half mirrors the left one.
std::string codes_text(const Spec& spec) {
  const std::uint32_t columns = std::min(4u, spec.code_count());
  const std::uint32_t rows = spec.code_count() / columns;
  constexpr std::size_t kWidest = 14;
  bool rounded = false;
  std::string out = "\ncode value\n";
  for (std::uint32_t row = 0; row < rows; ++row) {
    std::string line;
    for (std::uint32_t column = 0; column < columns; ++column) {
      const std::uint32_t code = column * rows + row;
      std::string value = fmt::format("{}", formats::decode(spec, code));
      if (value.size() > kWidest) {
        value = fmt::format("{:.8g}", formats::decode(spec, code));
        rounded = true;
      }
      line += fmt::format("{:<4}{:<{}}", hex(spec, code), value, kWidest + 1);
    }
    out += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }
  if (rounded) out += "\nLong values to eight digits; --json has all.\n";
  return out;
}

ordered_json codes_json(const Spec& spec) {
  ordered_json codes = ordered_json::array();
  for (std::uint32_t code = 0; code < spec.code_count(); ++code) {
    const double value = formats::decode(spec, code);
    codes.push_back({{"code", code}, {"hex", hex(spec, code)}});
    codes.back()["value"] = std::isfinite(value) ? ordered_json(value) : ordered_json(fmt::format("{}", value));
  }
  return codes;
}

/// The block formats, a line each.
std::string block_catalog_text() {
  std::vector<std::vector<std::string>> rows;
  for (const formats::BlockCatalogEntry& entry : formats::block_catalog()) {
    const formats::BlockFormat& block = entry.format;
    rows.push_back({std::string(entry.name), formats::name(block.element),
                    fmt::format("{} x {}", block.rows, block.columns), scale_name(block),
                    fmt::format("{:.6g}", block.bits_per_element()), std::string(entry.description)});
  }
  return printed::text_table({{"block format", true},
                              {"element", true},
                              {"block"},
                              {"scale", true},
                              {"bits/el."},
                              {"description", true, Fit::wraps}},
                             rows);
}

ordered_json block_json(const formats::BlockCatalogEntry& entry) {
  const formats::BlockFormat& block = entry.format;
  const scaling::Cast cast = scaling::cast_of(block);
  return {{"name", entry.name},
          {"description", entry.description},
          {"also_called", formats::other_spellings(entry.name)},
          {"element", formats::name(block.element)},
          {"rows", block.rows},
          {"columns", block.columns},
          {"scale", scale_name(block)},
          {"tensor_scale", block.tensor_scale},
          {"bits_per_element", block.bits_per_element()},
          {"scaling", scaling::to_text(scaling::Scaling{cast.scaling, cast.granularity})}};
}

/// One fact of a format a line.
std::string fact(std::string_view what, const std::string& value) {
  constexpr std::size_t kLeft = 22;
  std::string lines = printed::wrapped(value, printed::kWidth - kLeft);
  for (std::size_t at = lines.find('\n'); at != lines.npos; at = lines.find('\n', at + 1))
    lines.insert(at + 1, kLeft, ' ');
  return fmt::format("{:<{}}{}\n", what, kLeft, lines);
}

std::string also_called(std::string_view name) {
  const std::vector<std::string> others = formats::other_spellings(name);
  return others.empty()
             ? ""
             : printed::wrapped(fmt::format("also called: {}", fmt::join(others, ", ")), printed::kWidth, 2) + '\n';
}

/// How the scale of a block is chosen by the policy that the block format brings.
std::string chosen(const formats::BlockFormat& block) {
  const int largest = std::ilogb(scaling::max_of(block.element));
  const double max = scaling::max_of(block.element);
  if (block.tensor_scale)
    return fmt::format("E4M3(amax of the block / {} x g), at least its smallest positive value", max);
  if (block.scale == formats::e8m0)
    return fmt::format("2^(floor(log2(amax of the block)) - {}): elements beyond {} saturate", largest, max);
  return fmt::format("amax of the block / {}", max);
}

/// The cast as a recipe says it in full.
std::string in_full(const scaling::Cast& cast) {
  scaling::Recipe recipe;
  recipe.rule.casts[0] = cast;
  const std::string text = scaling::to_toml(recipe);
  const std::string key(std::string(name(scaling::Role::weight)) + " = ");
  const std::size_t begin = text.find(key) + key.size();
  return text.substr(begin, text.find('\n', begin) - begin);
}

std::string block_text(const formats::BlockCatalogEntry& entry) {
  const formats::BlockFormat& block = entry.format;
  const scaling::Cast cast = scaling::cast_of(block);
  const std::string element = formats::name(block.element);
  std::string out = fmt::format("{}: {}\n", entry.name, entry.description) + also_called(entry.name);
  out += fact("element", fmt::format("{} ({} bits, max {}; octavo formats {})", element, block.element.bits(),
                                     scaling::max_of(block.element), element));
  out += fact("block", fmt::format("{} x {} elements, along K", block.rows, block.columns));
  out += fact("scale of a block", fmt::format("{}{}", scale_name(block), block.scale ? "" : " (binary32)"));
  out += fact("chosen as", chosen(block));
  if (block.tensor_scale)
    out += fact("scale of the tensor",
                fmt::format("1 / g, binary32; g = 448 x {} / amax of the tensor", scaling::max_of(block.element)));
  out += fact("value", block.tensor_scale ? "element x scale of its block / g" : "element x scale of its block");
  out += fact("bits an element", fmt::format("{:.6g}", block.bits_per_element()));
  out += fact("octavo quantize", fmt::format("--format {}, which brings its scaling", entry.name));
  out += fact("in a recipe", fmt::format("{{ format = \"{}\" }}, short for", entry.name));
  out += fact("", in_full(cast));
  return out;
}

}  // namespace

std::string catalog_text() {
  std::vector<std::vector<std::string>> rows;
  for (const CatalogEntry& entry : formats::catalog()) {
    const Spec& spec = entry.spec;
    const formats::Limits limits = formats::limits(spec);
    rows.push_back({std::string(entry.name), std::to_string(spec.exponent_bits), std::to_string(spec.mantissa_bits),
                    std::to_string(spec.bias), short_number(limits.max),
                    short_number(limits.min_subnormal ? *limits.min_subnormal : *limits.min_normal),
                    std::string(entry.description)});
  }
  return printed::text_table(
             {{"name", true}, {"E"}, {"M"}, {"bias"}, {"max"}, {"least"}, {"description", true, Fit::wraps}}, rows) +
         "\nleast: the smallest positive value. Others by form, e4m3b8 or e5m1fn:\n"
         "  e<1..8>m<0..10>[b<bias>][fn|fnuz|ieee|none|nuz], binary8p<1..7>s<e|f>,\n"
         "  int<2..12>[q<fraction bits>]; other libraries' names are taken, in any case.\n"
         "octavo formats NAME has all limits, codes and spellings of one.\n\n" +
         block_catalog_text();
}

std::string catalog_json() {
  ordered_json json = ordered_json::array();
  for (const CatalogEntry& entry : formats::catalog()) json.push_back(limits_json(entry.name, entry.spec));
  return json.dump(2) + "\n";
}

std::string format_text(std::string_view name) {
  if (const formats::BlockCatalogEntry* block = formats::find_block_format(name)) return block_text(*block);
  const Spec spec = formats::spec(name);
  const formats::Limits limits = formats::limits(spec);
  const std::string own = formats::name(spec);
  std::string out = own;
  if (!description(spec).empty()) out += fmt::format(": {}", description(spec));
  out = printed::wrapped(out, printed::kWidth, 2) + '\n' + also_called(own);
  out += fact("bits", fmt::format("{} ({}{} exponent, {} mantissa)", spec.bits(), spec.has_sign ? "1 sign, " : "",
                                  spec.exponent_bits, spec.mantissa_bits));
  out += fact("bias", std::to_string(spec.bias));
  out += fact("special values", std::string(specials_name(spec.specials)));
  out += fact("max", fmt::format("{}  (code {})", limits.max, hex(spec, spec.max_code())));
  out += fact("min normal", limits.min_normal ? fmt::format("{}", *limits.min_normal) : "-");
  out += fact("min subnormal", limits.min_subnormal ? fmt::format("{}", *limits.min_subnormal) : "-");
  out += fact("NaN code", code_text(spec, limits.nan));
  out += fact("infinity code", code_text(spec, limits.infinity));
  out += fact("finite values", std::to_string(limits.finite_values));
  out += fact("max relative error", fmt::format("{:.6g}", limits.max_relative_error));
  out += fact("binades", fmt::format("{:.2f}", limits.binades));
  return spec.bits() <= 8 ? out + codes_text(spec) : out;
}

std::string format_json(std::string_view name) {
  if (const formats::BlockCatalogEntry* block = formats::find_block_format(name))
    return block_json(*block).dump(2) + "\n";
  const Spec spec = formats::spec(name);
  ordered_json json = limits_json(formats::name(spec), spec);
  json["also_called"] = formats::other_spellings(formats::name(spec));
  if (spec.bits() <= 8) json["codes"] = codes_json(spec);
  return json.dump(2) + "\n";
}

}  // namespace octavo::experiments
