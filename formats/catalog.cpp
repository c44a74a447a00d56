// The list of names, and the general form's little grammar.
#include "formats/catalog.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <optional>

#include "formats/spelling.h"
#include "messages/error.h"
#include "messages/named.h"

namespace octavo::formats {
namespace {

constexpr std::array kCatalog{
    CatalogEntry{"e4m3", e4m3, "OCP OFP8, no infinity; weights and activations"},
    CatalogEntry{"e5m2", e5m2, "OCP OFP8, with infinity; gradients"},
    CatalogEntry{"e4m3fnuz", e4m3fnuz,
                 "Noune et al. 2022, bias 8 (binary8p4sf); weights and activations of arXiv 2309.17224"},
    CatalogEntry{"e5m2fnuz", e5m2fnuz, "Noune et al. 2022, bias 16 (binary8p3sf); gradients of arXiv 2309.17224"},
    CatalogEntry{"e4m3ieee", e4m3ieee, "IEEE 754 rules in 8 bits, with infinity"},
    CatalogEntry{"e4m3b11fnuz", e4m3b11fnuz, "bias 11, for values below one"},
    CatalogEntry{"e3m4", e3m4, "IEEE 754 rules, more precision and less range"},
    CatalogEntry{"e8m0", e8m0, "OCP MX block scale: a power of two, no sign, no zero"},
    CatalogEntry{"e3m2", e3m2, "OCP MX FP6, every code finite"},
    CatalogEntry{"e2m3", e2m3, "OCP MX FP6, every code finite"},
    CatalogEntry{"e2m1", e2m1, "OCP MX FP4, every code finite"},
    CatalogEntry{"binary8p1se", binary8(1, true), "IEEE P3109 draft: powers of two"},
    CatalogEntry{"binary8p2se", binary8(2, true), "IEEE P3109 draft, with infinities"},
    CatalogEntry{"binary8p3se", binary8(3, true), "IEEE P3109 draft, with infinities; e5m2's place"},
    CatalogEntry{"binary8p4se", binary8(4, true), "IEEE P3109 draft, with infinities; e4m3's place"},
    CatalogEntry{"binary8p5se", binary8(5, true), "IEEE P3109 draft, with infinities"},
    CatalogEntry{"binary8p6se", binary8(6, true), "IEEE P3109 draft, with infinities"},
    CatalogEntry{"binary8p7se", binary8(7, true), "IEEE P3109 draft, with infinities"},
    CatalogEntry{"binary8p1sf", binary8(1, false), "IEEE P3109 draft, finite: powers of two"},
    CatalogEntry{"binary8p2sf", binary8(2, false), "IEEE P3109 draft, finite"},
    CatalogEntry{"binary8p5sf", binary8(5, false), "IEEE P3109 draft, finite"},
    CatalogEntry{"binary8p6sf", binary8(6, false), "IEEE P3109 draft, finite"},
    CatalogEntry{"binary8p7sf", binary8(7, false), "IEEE P3109 draft, finite"},
    CatalogEntry{"int8", int8, "two's complement, symmetric: -127 to 127"},
    CatalogEntry{"int4", int4, "two's complement, symmetric: -7 to 7"},
    CatalogEntry{"int8q6", int8q6, "OCP MXINT8's element: int8 times 2^-6"},
    CatalogEntry{"fp16", fp16, "IEEE 754 binary16"},
    CatalogEntry{"bf16", bf16, "bfloat16: the upper half of binary32"},
    CatalogEntry{"tf32", tf32, "TensorFloat-32: 19 of binary32's bits"},
};

constexpr std::array kSuffixes{
    std::pair{std::string_view("fnuz"), Specials::fnuz}, std::pair{std::string_view("fn"), Specials::fn},
    std::pair{std::string_view("ieee"), Specials::ieee}, std::pair{std::string_view("none"), Specials::none},
    std::pair{std::string_view("nuz"), Specials::nuz}};

Specials usual_specials(int exponent_bits, int mantissa_bits) {
  for (const CatalogEntry& entry : kCatalog) {
    const bool plain = entry.spec.has_sign && entry.spec.has_zero && entry.name.front() == 'e';
    if (plain && entry.spec.exponent_bits == exponent_bits && entry.spec.mantissa_bits == mantissa_bits)
      return entry.spec.specials;
  }
  return mantissa_bits == 0 ? Specials::fn : Specials::ieee;
}

int usual_bias(int exponent_bits, Specials specials) {
  return (1 << (exponent_bits - 1)) - (specials == Specials::fnuz || specials == Specials::nuz ? 0 : 1);
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

/// Takes `word` off the front of `text` if it is there.
bool take_word(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

/// binary8p<P>[s][e|f]; nothing if `text` has another form.
std::optional<Spec> binary8_form(std::string_view text) {
  if (!take_word(text, "binary8")) return std::nullopt;
  const auto precision = take_number(text, 'p');
  if (!precision || *precision < 1 || *precision > 7) return std::nullopt;
  take_word(text, "s");
  const bool finite = take_word(text, "f");
  if (!finite) take_word(text, "e");
  return text.empty() ? std::optional(binary8(*precision, !finite)) : std::nullopt;
}

/// int<N>[q<F>]; nothing if `text` has another form.
std::optional<Spec> integer_form(std::string_view text) {
  if (!take_word(text, "in")) return std::nullopt;
  const auto bits = take_number(text, 't');
  if (!bits || *bits < 2 || *bits > 12) return std::nullopt;
  const auto fraction_bits = take_number(text, 'q');
  if (!text.empty() || std::abs(fraction_bits.value_or(0)) > 1000) return std::nullopt;
  return integer(*bits, fraction_bits.value_or(0));
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
  if (spec.specials == Specials::integer)
    return std::string("has values ") + (spec.min_quantum() < -149 ? "finer than" : "beyond") + " binary32's; try q0";
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
  const std::string text = meant(name);
  if (const CatalogEntry* entry = messages::find_named(kCatalog, text)) return entry->spec;
  if (const auto binary = binary8_form(text)) return *binary;
  auto general = integer_form(text);
  if (!general) general = general_form(text);
  if (general && general->valid()) return *general;
  if (general) throw Error("format '" + std::string(name.substr(0, 64)) + "' " + why_invalid(*general));
  const std::string plain = squeezed(name);  // a catalogue's name with separators, such as E4M3_FNUZ
  for (const CatalogEntry& entry : kCatalog)
    if (entry.name == plain) return entry.spec;
  std::array<std::string_view, kCatalog.size()> names;
  std::transform(kCatalog.begin(), kCatalog.end(), names.begin(), [](const auto& entry) { return entry.name; });
  throw Error("unknown format '" + std::string(name.substr(0, 64)) + "'; " +
              messages::suggestion(plain, names, "octavo formats shows those with a name;") +
              " The general form is e<1..8>m<0..10>[b<bias>][fn|fnuz|ieee|none|nuz]");
}

std::string name(const Spec& spec) {
  assert(spec.valid());
  for (const CatalogEntry& entry : kCatalog)
    if (entry.spec == spec) return std::string(entry.name);
  if (spec.specials == Specials::integer) {
    const int fraction_bits = -spec.min_quantum();
    std::string text("int");
    text += std::to_string(spec.bits());
    if (fraction_bits == 0) return text;
    text += 'q';
    return text += std::to_string(fraction_bits);
  }
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
