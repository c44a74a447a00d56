// Tables and JSON of formats; every number is derived from the format's Spec.
#include "experiments/tensors/formats_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "formats/block.h"
#include "formats/catalog.h"
#include "formats/decode.h"
#include "formats/limits.h"

namespace octavo::experiments {
namespace {

using formats::CatalogEntry;
using formats::Spec;

std::string_view specials_name(formats::Specials specials) {
  constexpr std::array<std::string_view, 6> names{"ieee", "fn", "fnuz", "none", "nuz", "integer"};
  return names[static_cast<std::size_t>(specials)];
}

std::string_view description(const Spec& spec) {
  for (const CatalogEntry& entry : formats::catalog())
    if (entry.spec == spec) return entry.description;
  return {};
}

std::string number(std::optional<double> value) { return value ? fmt::format("{:.6g}", *value) : "-"; }

/// Digits enough for every code of the format.
std::string hex(const Spec& spec, std::uint32_t code) { return fmt::format("{:0{}x}", code, (spec.bits() + 3) / 4); }

std::string code_text(const Spec& spec, std::optional<std::uint32_t> code) { return code ? hex(spec, *code) : "-"; }

nlohmann::ordered_json limits_json(std::string_view name, const Spec& spec) {
  const formats::Limits limits = formats::limits(spec);
  const auto known = [](const auto& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
  };
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
  std::string out = "\ncode  value\n";
  for (std::uint32_t row = 0; row < rows; ++row) {
    std::string line;
    for (std::uint32_t column = 0; column < columns; ++column) {
      const std::uint32_t code = column * rows + row;
      line += fmt::format("{:<4}  {:<24}", hex(spec, code), formats::decode(spec, code));
    }
    out += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }
  return out;
}

nlohmann::ordered_json codes_json(const Spec& spec) {
  nlohmann::ordered_json codes = nlohmann::ordered_json::array();
  for (std::uint32_t code = 0; code < spec.code_count(); ++code) {
    const double value = formats::decode(spec, code);
    codes.push_back({{"code", code}, {"hex", hex(spec, code)}});
    codes.back()["value"] =
        std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(fmt::format("{}", value));
  }
  return codes;
}

/// The block formats, a line each.
std::string block_catalog_text() {
  std::string out = fmt::format("\n{:<17} {:<8} {:>9} {:<6} {:>12}  {}\n", "block format", "element", "block", "scale",
                                "bits/element", "description");
  for (const formats::BlockCatalogEntry& entry : formats::block_catalog()) {
    const formats::BlockFormat& block = entry.format;
    out += fmt::format("{:<17} {:<8} {:>9} {:<6} {:>12.6g}  {}\n", entry.name, formats::name(block.element),
                       fmt::format("{} x {}", block.rows, block.columns),
                       block.scale ? formats::name(*block.scale) : "fp32", block.bits_per_element(), entry.description);
  }
  return out;
}

}  // namespace

std::string catalog_text() {
  std::string out = fmt::format("{:<12} {:>4} {:>2} {:>3} {:>4} {:>12} {:>12} {:>13}  {:<8}  {}\n", "name", "bits", "E",
                                "M", "bias", "max", "min normal", "min subnormal", "specials", "description");
  for (const CatalogEntry& entry : formats::catalog()) {
    const Spec& spec = entry.spec;
    const formats::Limits limits = formats::limits(spec);
    out += fmt::format("{:<12} {:>4} {:>2} {:>3} {:>4} {:>12} {:>12} {:>13}  {:<8}  {}\n", entry.name, spec.bits(),
                       spec.exponent_bits, spec.mantissa_bits, spec.bias, number(limits.max), number(limits.min_normal),
                       number(limits.min_subnormal), specials_name(spec.specials), entry.description);
  }
  return out +
         "\nOthers by name: e<1..8>m<0..10>[b<bias>][fn|fnuz|ieee|none|nuz], for example e4m3b8 or e5m1fn;\n"
         "binary8p<1..7>s<e|f>; int<2..12>[q<fraction bits>].\n" +
         block_catalog_text();
}

std::string catalog_json() {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const CatalogEntry& entry : formats::catalog()) json.push_back(limits_json(entry.name, entry.spec));
  return json.dump(2) + "\n";
}

std::string format_text(std::string_view name) {
  const Spec spec = formats::spec(name);
  const formats::Limits limits = formats::limits(spec);
  std::string out = formats::name(spec);
  if (!description(spec).empty()) out += fmt::format(": {}", description(spec));
  const auto line = [&](std::string_view what, const std::string& value) {
    out += fmt::format("\n{:<20} {}", what, value);
  };
  line("bits", fmt::format("{} ({}{} exponent, {} mantissa)", spec.bits(), spec.has_sign ? "1 sign, " : "",
                           spec.exponent_bits, spec.mantissa_bits));
  line("bias", std::to_string(spec.bias));
  line("special values", std::string(specials_name(spec.specials)));
  line("max", fmt::format("{}  (code {})", limits.max, hex(spec, spec.max_code())));
  line("min normal", limits.min_normal ? fmt::format("{}", *limits.min_normal) : "-");
  line("min subnormal", limits.min_subnormal ? fmt::format("{}", *limits.min_subnormal) : "-");
  line("NaN code", code_text(spec, limits.nan));
  line("infinity code", code_text(spec, limits.infinity));
  line("finite values", std::to_string(limits.finite_values));
  line("max relative error", fmt::format("{:.6g}", limits.max_relative_error));
  line("binades", fmt::format("{:.2f}", limits.binades));
  out += '\n';
  return spec.bits() <= 8 ? out + codes_text(spec) : out;
}

std::string format_json(std::string_view name) {
  const Spec spec = formats::spec(name);
  nlohmann::ordered_json json = limits_json(formats::name(spec), spec);
  if (spec.bits() <= 8) json["codes"] = codes_json(spec);
  return json.dump(2) + "\n";
}

}  // namespace octavo::experiments
