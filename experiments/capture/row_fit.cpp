// Candidate rows and promotion intervals against recorded results.
#include "experiments/capture/row_fit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>

#include "experiments/capture/emulator.h"
#include "experiments/capture/operation.h"
#include "formats/catalog.h"
#include "sim/gemm/tensor_core.h"

namespace octavo::experiments::capture {
namespace {

using sim::gemm::Accumulator;
using sim::gemm::Architecture;
using sim::gemm::Element;
using sim::gemm::ElementTable;
using sim::gemm::OutputRounding;
using sim::gemm::ZeroProducts;

/// A row with one value for each open point, and how each is called.
struct Candidate {
  Architecture row;
  std::array<std::string, 3> values;
};
constexpr std::array kPoints{"fraction bits", "zero products", "output"};

/// Every combination for one row of the table.
std::vector<Candidate> candidates(const Architecture& row) {
  struct Output {
    OutputRounding rounding;
    const char* name;
  };
  std::vector<Output> outputs{{OutputRounding::e8m13_toward_zero, "14 bits toward zero"},
                              {OutputRounding::f32_toward_zero, "f32 toward zero"},
                              {OutputRounding::f32_nearest_even, "f32 to nearest"}};
  // The table's own value comes first.
  std::ranges::stable_partition(outputs, [&](const Output& output) { return output.rounding == row.output; });
  std::vector<Candidate> all;
  for (const int change : {0, -1, 1, 12}) {
    for (const bool by_operands : {false, true}) {
      Candidate one{row, {}};
      one.row.fraction_bits += change;
      if (by_operands) one.row.zero_products = ZeroProducts::operand_exponents;
      one.values[0] = std::to_string(one.row.fraction_bits);
      one.values[1] = by_operands ? "by operands" : "left out";
      if (row.accumulator == Accumulator::f32) {
        for (const Output& output : outputs) {
          one.row.output = output.rounding;
          one.values[2] = output.name;
          all.push_back(one);
        }
        continue;
      }
      for (const bool negative_zero : {true, false}) {
        one.row.negative_zero = negative_zero;
        one.values[2] = negative_zero ? "-0 from negative underflow" : "+0 from negative underflow";
        all.push_back(one);
      }
    }
  }
  return all;
}

constexpr std::array<std::int64_t, 6> kIntervals{0, 32, 64, 128, 256, 512};

/// "wgmma.m64n8k32.f32" of "wgmma.m64n8k32.f32.e4m3.e5m2"; a library's operation whole.
std::string group_name(const std::string& operation) {
  const auto format = operation.find(".e");
  return operation.substr(0, format);
}

std::vector<Element> elements(const std::vector<std::uint8_t>& codes, const ElementTable& table) {
  std::vector<Element> all;
  all.reserve(codes.size());
  for (const std::uint8_t code : codes) all.push_back(table[code]);
  return all;
}

/// Chain with promotion every `interval` elements (0: never), from `c`.
std::uint32_t promoted(const Architecture& row, const Element* a, const Element* b, std::int64_t depth,
                       std::int64_t interval, std::uint32_t c) {
  std::uint32_t sum = interval == 0 ? c : 0u;
  float total = std::bit_cast<float>(c);
  for (std::int64_t k = 0; k < depth; k += row.depth) {
    sum = sim::gemm::dot_add(row, a + k, b + k, sum);
    if (interval == 0 || ((k + row.depth) % interval != 0 && k + row.depth < depth)) continue;
    total = sim::gemm::canonical(total + std::bit_cast<float>(sum));
    sum = 0;
  }
  return interval == 0 ? sum : std::bit_cast<std::uint32_t>(total);
}

}  // namespace

void RowFit::add(const store::Case& recorded) {
  const auto* data = std::get_if<store::ProductCase>(&recorded.data);
  if (data == nullptr) return;
  const auto& what = std::get<ProductOperation>(operation(recorded.operation));
  const Architecture& row = what.row();
  if (row.group != row.depth || row.datapath != sim::gemm::Datapath::fused || data->depth % row.depth != 0 ||
      data->split_k.value_or(1) != 1)
    return;
  const EmulatedProduct product(what, *data);
  const std::vector<std::uint32_t> results = product.recorded();
  const std::vector<Element> a = elements(data->a, sim::gemm::element_table(product.a_format(), row.operands_as_f16));
  const std::vector<Element> b = elements(data->b, sim::gemm::element_table(product.b_format(), row.operands_as_f16));
  const std::string family = recorded.id.substr(0, recorded.id.find('.'));
  Group& group = groups_[group_name(recorded.operation)];
  group.row = &row;
  const auto count = [&](Tally& tally, const Architecture& candidate, std::int64_t interval) {
    std::int64_t mismatches = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
      const auto at = static_cast<std::int64_t>(i);
      std::uint32_t d = promoted(candidate, a.data() + product.a_row(at) * data->depth,
                                 b.data() + product.b_row(at) * data->depth, data->depth, interval, product.addend(at));
      if (what.library) d = std::bit_cast<std::uint32_t>(std::bit_cast<float>(d) + 0.0f);
      if (d != results[i]) ++mismatches;
    }
    tally.mismatches += mismatches;
    if (mismatches > 0) tally.by_family[family] += mismatches;
  };
  if (data->depth == row.depth && !what.library) {
    const std::vector<Candidate> all = candidates(row);
    group.rows.resize(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) count(group.rows[i], all[i].row, 0);
    group.results += static_cast<std::int64_t>(results.size());
  } else if (row.accumulator == Accumulator::f32 && (what.library || data->promotion)) {
    // A kernel of ours is told its interval: each is a point of its own.
    Group& promotion =
        what.library
            ? group
            : groups_[fmt::format("{} told to promote after {}", group_name(recorded.operation), *data->promotion)];
    for (const std::int64_t interval : kIntervals) count(promotion.promotions[interval], row, interval);
    promotion.promoted_results += static_cast<std::int64_t>(results.size());
  }
}

std::string RowFit::text() const {
  std::string text;
  for (const auto& [name, group] : groups_) {
    if (group.results > 0) {
      text += fmt::format("{}: {} results\n", name, group.results);
      const std::vector<Candidate> all = candidates(*group.row);
      for (std::size_t point = 0; point < kPoints.size(); ++point) {
        std::vector<std::string> seen;
        for (std::size_t i = 0; i < all.size(); ++i) {
          // The value under test beside the table's values of the other points.
          bool others_as_in_table = true;
          for (std::size_t other = 0; other < kPoints.size(); ++other)
            others_as_in_table = others_as_in_table && (other == point || all[i].values[other] == all[0].values[other]);
          if (!others_as_in_table) continue;
          const Tally& tally = group.rows[i];
          std::vector<std::string> families;
          for (const auto& [family, mismatches] : tally.by_family)
            families.push_back(fmt::format("{} ({})", family, mismatches));
          seen.push_back(tally.mismatches == 0
                             ? fmt::format("{} fits", all[i].values[point])
                             : fmt::format("{} excluded by {}", all[i].values[point], fmt::join(families, ", ")));
        }
        text += fmt::format("  {}: {}\n", kPoints[point], fmt::join(seen, "; "));
      }
      std::size_t fitting = 0;
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (group.rows[i].mismatches != 0) continue;
        ++fitting;
        text += fmt::format("  fits all: {}\n", fmt::join(all[i].values, ", "));
      }
      if (fitting == 0) text += fmt::format("  none of {} candidate rows fits all results\n", all.size());
    }
    if (group.promoted_results > 0) {
      std::vector<std::string> fitting;
      for (const auto& [interval, tally] : group.promotions)
        if (tally.mismatches == 0) fitting.push_back(interval == 0 ? "never" : std::to_string(interval));
      text += fmt::format("{}: {} results, promotion interval that fits all: {}\n", name, group.promoted_results,
                          fitting.empty() ? "none of those tried" : fmt::format("{}", fmt::join(fitting, ", ")));
    }
  }
  return text;
}

}  // namespace octavo::experiments::capture
