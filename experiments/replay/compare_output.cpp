// Printing comparisons and explanations.
#include "experiments/replay/compare_output.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>

#include "formats/catalog.h"
#include "formats/decode.h"
#include "messages/printable.h"

namespace octavo::experiments::replay {
namespace {

using nlohmann::ordered_json;
using sim::gemm::GroupTrace;
using sim::gemm::TermTrace;

/// Names from files, without quotes.
std::string shown(const std::string& text) {
  const std::string quoted = messages::printable(text);
  return quoted.substr(1, quoted.size() - 2);
}

std::string hex(std::uint32_t bits, int width) { return fmt::format("0x{:0{}x}", bits, width / 4); }

/// The value that bits of a result stand for; codes of 8 bits stand for themselves.
std::string value(std::uint32_t bits, int width, bool bf16) {
  if (width == 8) return "";
  const double number = width == 16 ? formats::decode(bf16 ? formats::bf16 : formats::fp16, bits)
                                    : static_cast<double>(std::bit_cast<float>(bits));
  return fmt::format(" ({:.9g})", number);
}

std::string term_name(const TermTrace& term) { return term.k < 0 ? "c" : fmt::format("k{}", term.k); }

/// One line: E and every term's exponent.
std::string exponents_text(const GroupTrace& group) {
  if (group.special) return "a NaN or an infinity decides, no exponent";
  if (group.terms.empty()) return "every term is zero";
  std::vector<std::string> terms;
  for (const TermTrace& term : group.terms) terms.push_back(fmt::format("{}:{}", term_name(term), term.exponent));
  return fmt::format("E = {}, last kept place 2^{}; exponents of the terms that are not zero: {}", group.exponent,
                     group.quantum, fmt::join(terms, " "));
}

std::string terms_table(const GroupTrace& group, const Difference& difference, std::int64_t first) {
  std::string out =
      fmt::format("      {:>5} {:>4} {:>4} {:>18} {:>8} {:>18}\n", "k", "a", "b", "product", "exponent", "kept");
  for (const TermTrace& term : group.terms) {
    const auto k = static_cast<std::size_t>(first + term.k);
    const bool product = term.k >= 0 && k < difference.a.size();
    const double whole = std::ldexp(static_cast<double>(term.significand), term.unit);
    const double kept = std::ldexp(static_cast<double>(term.kept), group.quantum);
    out += fmt::format("      {:>5} {:>4} {:>4} {:>18.10g} {:>8} {:>18.10g}{}\n", product ? std::to_string(k) : "c",
                       product ? fmt::format("{:02x}", difference.a[k]) : "",
                       product ? fmt::format("{:02x}", difference.b[k]) : "", whole, term.exponent, kept,
                       group.special || whole == kept ? "" : "  cut");
  }
  return out;
}

std::string steps_text(const Difference& difference, const CaseComparison& comparison, bool explain) {
  const int width = comparison.width;
  std::string out;
  const std::size_t from = explain || difference.steps.empty() ? 0 : difference.steps.size() - 1;
  if (from > 0) out += fmt::format("    (the last of {} instructions; --explain shows all)\n", difference.steps.size());
  for (std::size_t i = from; i < difference.steps.size(); ++i) {
    const StepTrace& step = difference.steps[i];
    out += fmt::format("    instruction from k = {}: addend {}, result {}\n", step.first, hex(step.addend, width),
                       hex(step.result, width));
    for (std::size_t g = 0; g < step.groups.size(); ++g) {
      const GroupTrace& group = step.groups[g];
      const std::string which = step.groups.size() > 1 ? fmt::format("group {}: ", g) : "";
      out += fmt::format("    {}{}\n", which, exponents_text(group));
      if (explain) out += terms_table(group, difference, step.first);
      if (step.groups.size() > 1) out += fmt::format("    {}gives {}\n", which, hex(group.result, width));
    }
  }
  return out;
}

/// ", near"; of a misplaced result whose it is.
std::string verdict_text(const Difference& difference, const CaseComparison& comparison) {
  if (comparison.verdicts.judged() == 0) return "";
  const std::string verdict = fmt::format(", {}", name(difference.verdict));
  return difference.place ? fmt::format("{}: it is result {}", verdict, *difference.place) : verdict;
}

/// What the mismatches are, one line.
std::string verdicts_line(const CaseComparison& comparison) {
  const VerdictCounts& counts = comparison.verdicts;
  if (counts.judged() == 0) return "";
  std::vector<std::string> parts;
  const auto add = [&](std::int64_t number, Verdict verdict, const char* meaning) {
    if (number > 0) parts.push_back(fmt::format("{} {} ({})", number, name(verdict), meaning));
  };
  add(counts.misplaced, Verdict::misplaced, "the result of another dot of the same instruction: the map is wrong");
  add(counts.near, Verdict::near, "within a unit of the model: a rounding or the bits kept differ");
  add(counts.far, Verdict::far, "neither another dot's result nor within a unit of the model");
  add(counts.nan_bits, Verdict::nan_bits, "NaN with another payload");
  const std::string of = counts.judged() == comparison.mismatches ? "" : fmt::format("of {} judged ", counts.judged());
  return fmt::format("  {}{}\n", of, fmt::join(parts, ", "));
}

std::string difference_text(const Difference& difference, const CaseComparison& comparison, bool explain) {
  const int width = comparison.width;
  const std::string results = fmt::format(
      "recorded {}{}, computed {}{}{}", hex(difference.recorded, width),
      value(difference.recorded, width, comparison.bf16), hex(difference.computed, width),
      value(difference.computed, width, comparison.bf16), explain ? verdict_text(difference, comparison) : "");
  if (!comparison.product)
    return fmt::format("  result {}: {}, input {}{}\n", difference.result, results,
                       hex(difference.input, comparison.input_width),
                       value(difference.input, comparison.input_width, comparison.bf16));
  std::string out = fmt::format("  result {} (row {} of a, {} of b): {}\n", difference.result, difference.a_row,
                                difference.b_row, results);
  out += fmt::format("    a {:02x} {}\n", fmt::join(difference.a, ""), formats::name(comparison.a_format));
  out += fmt::format("    b {:02x} {}\n", fmt::join(difference.b, ""), formats::name(comparison.b_format));
  out += fmt::format("    c {}{}\n", hex(difference.c, comparison.c_width),
                     value(difference.c, comparison.c_width, comparison.bf16));
  return out + steps_text(difference, comparison, explain);
}

ordered_json difference_json(const Difference& difference, const CaseComparison& comparison) {
  ordered_json json = {{"result", difference.result},
                       {"recorded", hex(difference.recorded, comparison.width)},
                       {"computed", hex(difference.computed, comparison.width)}};
  if (comparison.verdicts.judged() > 0) json["verdict"] = name(difference.verdict);
  if (!comparison.product) {
    json["input"] = hex(difference.input, comparison.input_width);
    return json;
  }
  json["a"] = fmt::format("{:02x}", fmt::join(difference.a, ""));
  json["b"] = fmt::format("{:02x}", fmt::join(difference.b, ""));
  json["c"] = hex(difference.c, comparison.c_width);
  json["instructions"] = ordered_json::array();
  for (const StepTrace& step : difference.steps) {
    ordered_json groups = ordered_json::array();
    for (const GroupTrace& group : step.groups) {
      ordered_json exponents = ordered_json::array();
      for (const TermTrace& term : group.terms)
        exponents.push_back({{"term", term_name(term)}, {"exponent", term.exponent}});
      groups.push_back({{"largest_exponent", group.exponent},
                        {"terms", exponents},
                        {"result", hex(group.result, comparison.width)}});
    }
    json["instructions"].push_back({{"first_k", step.first},
                                    {"addend", hex(step.addend, comparison.width)},
                                    {"groups", groups},
                                    {"result", hex(step.result, comparison.width)}});
  }
  return json;
}

std::string total_line(std::int64_t results, std::int64_t mismatches) {
  return fmt::format("compared {} results: {} mismatches\n", results, mismatches);
}

}  // namespace

std::string comparison_text(const CaseComparison& comparison, bool explain) {
  std::string out =
      fmt::format("{}: {}, {}: {} results, {} mismatches ({})\n", shown(comparison.id), shown(comparison.operation),
                  comparison.layout, comparison.results, comparison.mismatches, shown(comparison.source));
  if (explain) out += verdicts_line(comparison);
  if (!comparison.first.empty()) out += fmt::format("  computed with {}\n", comparison.model);
  for (const Difference& difference : comparison.first) out += difference_text(difference, comparison, explain);
  if (comparison.amax && comparison.amax->first != comparison.amax->second)
    out += fmt::format("  amax: recorded {}{}, computed {}{}\n", hex(comparison.amax->first, 32),
                       value(comparison.amax->first, 32, false), hex(comparison.amax->second, 32),
                       value(comparison.amax->second, 32, false));
  return out;
}

std::string total_text(const std::vector<CaseComparison>& comparisons) {
  std::int64_t results = 0;
  std::int64_t mismatches = 0;
  for (const CaseComparison& comparison : comparisons) {
    results += comparison.results;
    mismatches += comparison.mismatches;
  }
  return total_line(results, mismatches);
}

std::string comparison_json(const std::vector<CaseComparison>& comparisons) {
  ordered_json json = {{"results", 0}, {"mismatches", 0}, {"cases", ordered_json::array()}};
  std::int64_t results = 0;
  std::int64_t mismatches = 0;
  for (const CaseComparison& comparison : comparisons) {
    results += comparison.results;
    mismatches += comparison.mismatches;
    ordered_json one = {{"id", comparison.id},           {"operation", comparison.operation},
                        {"source", comparison.source},   {"model", comparison.model},
                        {"results", comparison.results}, {"mismatches", comparison.mismatches},
                        {"first", ordered_json::array()}};
    if (const VerdictCounts& counts = comparison.verdicts; counts.judged() > 0)
      one["verdicts"] = {
          {"misplaced", counts.misplaced}, {"near", counts.near}, {"far", counts.far}, {"other_nan", counts.nan_bits}};
    if (comparison.amax)
      one["amax"] = {{"recorded", hex(comparison.amax->first, 32)}, {"computed", hex(comparison.amax->second, 32)}};
    for (const Difference& difference : comparison.first)
      one["first"].push_back(difference_json(difference, comparison));
    json["cases"].push_back(one);
  }
  json["results"] = results;
  json["mismatches"] = mismatches;
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace octavo::experiments::replay
