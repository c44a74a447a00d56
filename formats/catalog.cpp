// The list of names, and the general form's little grammar.
#include "formats/catalog.h"

#include <array>
#include <cassert>
#include <charconv>
#include <cstddef>
#include <optional>

#include "formats/error.h"
#include "formats/nearest.h"

namespace octavo::formats {
namespace {

constexpr std::array kCatalog{
    CatalogEntry{"e4m3", e4m3, "OCP OFP8, no infinity; weights and activations"},
    CatalogEntry{"e5m2", e5m2, "OCP OFP8, with infinity; gradients"},
    CatalogEntry{"e4m3fnuz", e4m3fnuz, "Noune et al. 2022, bias 8; weights and activations of arXiv 2309.17224"},
    CatalogEntry{"e5m2fnuz", e5m2fnuz, "Noune et al. 2022, bias 16; gradients of arXiv 2309.17224"},
    CatalogEntry{"e4m3ieee", e4m3ieee, "IEEE 754 rules in 8 bits, with infinity"},
    CatalogEntry{"e4m3b11fnuz", e4m3b11fnuz, "bias 11, for values below one"},
    CatalogEntry{"e3m4", e3m4, "IEEE 754 rules, more precision and less range"},
    CatalogEntry{"e8m0", e8m0, "OCP MX block scale: a power of two, no sign, no zero"},
    CatalogEntry{"e3m2", e3m2, "OCP MX FP6, every code finite"},
    CatalogEntry{"e2m3", e2m3, "OCP MX FP6, every code finite"},
    CatalogEntry{"e2m1", e2m1, "OCP MX FP4, every code finite"},
    CatalogEntry{"fp16", fp16, "IEEE 754 binary16"},
    CatalogEntry{"bf16", bf16, "bfloat16: the upper half of binary32"},
    CatalogEntry{"tf32", tf32, "TensorFloat-32: 19 of binary32's bits"},
};

constexpr std::array kSuffixes{
    std::pair{std::string_view("fnuz"), Specials::fnuz}, std::pair{std::string_view("fn"), Specials::fn},
    std::pair{std::string_view("ieee"), Specials::ieee}, std::pair{std::string_view("none"), Specials::none}};

Specials usual_specials(int exponent_bits, int mantissa_bits) {
  for (const CatalogEntry& entry : kCatalog) {
    const bool plain = entry.spec.has_sign && entry.spec.has_zero;
    if (plain && entry.spec.exponent_bits == exponent_bits && entry.spec.mantissa_bits == mantissa_bits)
      return entry.spec.specials;
  }
  return mantissa_bits == 0 ? Specials::fn : Specials::ieee;
}

int usual_bias(int exponent_bits, Specials specials) {
  return (1 << (exponent_bits - 1)) - (specials == Specials::fnuz ? 0 : 1);
}

/// Takes `letter` and a decimal integer off the front of `text`.
std::optional<int> take_number(std::string_view& text, char letter) {
  if (text.empty() || text.front() != letter) return std::nullopt;
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + 1, end, number);
  if (error != std::errc{}) return std::nullopt;
  text = std::string_view(rest, static_cast<std::size_t>(end - rest));
  return number;
}

/// Nothing if `text` has not the general form.
std::optional<Spec> general_form(std::string_view text) {
  const auto exponent_bits = take_number(text, 'e');
  if (!exponent_bits || *exponent_bits < 1 || *exponent_bits > 8) return std::nullopt;
  const auto mantissa_bits = take_number(text, 'm');
  if (!mantissa_bits || *mantissa_bits < 0 || *mantissa_bits > 10) return std::nullopt;
  const auto bias = take_number(text, 'b');
  if (bias && (*bias < -1000 || *bias > 1000)) return std::nullopt;  // far beyond binary32; keeps the sums small
  Specials specials = usual_specials(*exponent_bits, *mantissa_bits);
  for (const auto& [suffix, rule] : kSuffixes) {
    if (text != suffix) continue;
    specials = rule;
    text = {};
    break;
  }
  if (!text.empty()) return std::nullopt;
  return Spec{*exponent_bits, *mantissa_bits, bias.value_or(usual_bias(*exponent_bits, specials)), specials};
}

std::string why_invalid(const Spec& spec) {
  if (spec.specials == Specials::ieee && spec.mantissa_bits == 0)
    return "has no mantissa bit to tell infinity from NaN; try fn or none";
  if (spec.max_code() == 0) return "has no value but zero; try none";
  if (spec.max_exponent() > 127)
    return "has values beyond binary32; try bias " + std::to_string(spec.bias + spec.max_exponent() - 127) + " or more";
  return "has values finer than binary32's; try bias " + std::to_string(spec.bias + spec.min_quantum() + 149) +
         " or less";
}

}  // namespace

std::span<const CatalogEntry> catalog() { return kCatalog; }

Spec spec(std::string_view name) {
  for (const CatalogEntry& entry : kCatalog)
    if (entry.name == name) return entry.spec;
  const auto general = general_form(name);
  if (general && general->valid()) return *general;
  const std::string shown(name.substr(0, 64));
  if (general) throw Error("format '" + shown + "' " + why_invalid(*general));
  std::array<std::string_view, kCatalog.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kCatalog[i].name;
  throw Error("unknown format '" + shown + "'; did you mean '" + std::string(nearest(name, names)) +
              "'? The general form is e<1..8>m<0..10>[b<bias>][fn|fnuz|ieee|none]");
}

std::string name(const Spec& spec) {
  assert(spec.valid());
  for (const CatalogEntry& entry : kCatalog)
    if (entry.spec == spec) return std::string(entry.name);
  std::string text("e");
  text += std::to_string(spec.exponent_bits);
  text += 'm';
  text += std::to_string(spec.mantissa_bits);
  if (spec.bias != usual_bias(spec.exponent_bits, spec.specials)) {
    text += 'b';
    text += std::to_string(spec.bias);
  }
  // A bare e8m0 is the scale format, so a signed one always says its rule.
  if (spec.specials != usual_specials(spec.exponent_bits, spec.mantissa_bits) || text == "e8m0") {
    for (const auto& [suffix, rule] : kSuffixes)
      if (rule == spec.specials) text += suffix;
  }
  if (!spec.has_sign) text += ", unsigned";
  if (!spec.has_zero) text += ", without zero";
  return text;
}

}  // namespace octavo::formats
