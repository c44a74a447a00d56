// Candidate rows and promotion intervals against recorded results.
#include "experiments/replay/fit/row_fit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>

#include "experiments/replay/emulator.h"
#include "experiments/replay/fit/candidate_rows.h"
#include "experiments/replay/operation.h"
#include "formats/catalog.h"
#include "machine/share.h"
#include "sim/gemm/tensor_core/reference.h"

namespace octavo::experiments::replay {
namespace {

using formats::Accumulator;
using sim::gemm::Architecture;
using sim::gemm::Element;
using sim::gemm::ElementTable;

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
  if (data == nullptr || data->call) return;
  const auto& what = std::get<ProductOperation>(operation(recorded.operation));
  const Architecture& row = what.row();
  const EmulatedProduct product(what, *data);
  data = &product.terms();
  if (row.datapath != sim::gemm::Datapath::fused || data->depth % row.depth != 0 || data->split_k.value_or(1) != 1)
    return;
  const std::vector<std::uint32_t> results = product.recorded();
  const std::vector<Element> a = elements(data->a, sim::gemm::element_table(product.a_format(), row.operands_as_f16));
  const std::vector<Element> b = elements(data->b, sim::gemm::element_table(product.b_format(), row.operands_as_f16));
  const std::string family = recorded.id.substr(0, recorded.id.find('.'));
  const auto mismatches = [&](const Architecture& candidate, std::int64_t interval) {
    std::atomic<std::int64_t> differing = 0;
    machine::share(
        static_cast<std::int64_t>(results.size()), 10.0 * static_cast<double>(data->depth), [&](std::int64_t at) {
          std::uint32_t d =
              promoted(candidate, a.data() + product.a_row(at) * data->depth,
                       b.data() + product.b_row(at) * data->depth, data->depth, interval, product.addend(at));
          if (what.library()) d = std::bit_cast<std::uint32_t>(std::bit_cast<float>(d) + 0.0f);
          if (d != results[static_cast<std::size_t>(at)]) ++differing;
        });
    return differing.load();
  };
  const std::string name = group_name(recorded.operation);
  if (data->depth == row.depth && !what.library()) {
    Group& group = groups_[name];
    if (!group.tally) {
      CandidateRows all = candidate_rows(row);
      group.rows = std::move(all.rows);
      group.tally.emplace(std::vector<std::string_view>(kRowPoints.begin(), kRowPoints.end()), std::move(all.values));
    }
    std::vector<std::int64_t> differing(group.rows.size());
    machine::share(static_cast<std::int64_t>(group.rows.size()), 100e3, [&](std::int64_t number) {
      const auto i = static_cast<std::size_t>(number);
      differing[i] = mismatches(group.rows[i], 0);
    });
    for (std::size_t i = 0; i < differing.size(); ++i) group.tally->add(i, family, differing[i]);
    group.results += static_cast<std::int64_t>(results.size());
  } else if (row.accumulator == Accumulator::f32 && (what.library() || data->promotion)) {
    // A kernel of ours is told its interval: each is a point of its own.
    Group& group = groups_[what.library() ? name : fmt::format("{} told to promote after {}", name, *data->promotion)];
    for (const std::int64_t interval : kIntervals) group.promotions[interval] += mismatches(row, interval);
    group.promoted_results += static_cast<std::int64_t>(results.size());
  }
}

std::string RowFit::text() const {
  std::string text;
  for (const auto& [name, group] : groups_) {
    if (group.tally) text += fmt::format("{}: {} results\n{}", name, group.results, group.tally->text());
    if (group.promoted_results > 0) {
      std::vector<std::string> fitting;
      for (const auto& [interval, mismatches] : group.promotions)
        if (mismatches == 0) fitting.push_back(interval == 0 ? "never" : std::to_string(interval));
      text += fmt::format("{}: {} results, promotion interval that fits all: {}\n", name, group.promoted_results,
                          fitting.empty() ? "none of those tried" : fmt::format("{}", fmt::join(fitting, ", ")));
    }
  }
  return text;
}

}  // namespace octavo::experiments::replay
