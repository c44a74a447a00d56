// The case families as a table, and those made of single dot products.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "experiments/capture/families/call_families.h"
#include "experiments/capture/families/directed_rows.h"
#include "experiments/capture/families/gemm_case.h"
#include "experiments/capture/families/library_families.h"
#include "experiments/capture/families/plan.h"
#include "experiments/capture/families/random_rows.h"
#include "experiments/capture/families/selection.h"
#include "messages/error.h"
#include "messages/nearest.h"

namespace octavo::experiments::capture {
namespace {

std::string wgmma(const Types& types) { return "wgmma.m64n8k32." + types.suffix(); }

Plan plan_of(const Family& family, std::string id, std::string operation, store::ProductCase data, Form form = {}) {
  return {std::string(family.id), form, {std::move(id), std::move(operation), {}, std::move(data)}};
}

/// One case of wgmma for each pair of types and each type of sum for which the probe has rows.
std::vector<Plan> directed(const Family& family, const Request& request, std::vector<DotRow> (*rows)(const Types&),
                           const Form& form = {}) {
  std::vector<Plan> plans;
  for (const Types& types : every_type()) {
    const std::string id = fmt::format("{}.{}", family.id, types.suffix());
    Random random = random_of(request.seed, id);
    const std::vector<DotRow> chosen = sample(rows(types), request.count, random);
    if (!chosen.empty()) plans.push_back(plan_of(family, id, wgmma(types), product_case(types, chosen), form));
  }
  return plans;
}

template <std::vector<DotRow> (*Rows)(const Types&)>
std::vector<Plan> directed(const Family& family, const Request& request) {
  return directed(family, request, Rows);
}

/// W9: scale-d = 0 while the accumulator holds NaN: the result is that of c = 0.
std::vector<Plan> ignored_addend(const Family& family, const Request& request) {
  std::vector<Plan> plans = directed(family, request, ladder, {.ignore_c = true});
  for (Plan& plan : plans) std::get<store::ProductCase>(plan.one.data).c.reset();
  return plans;
}

/// W11: the same products in other orders along K, in other columns, from registers, and under the instruction's own
/// negation.
std::vector<Plan> forms(const Family& family, const Request& request) {
  const std::vector<Form> every_form{{},
                                     {.columns = 16},
                                     {.columns = 64},
                                     {.columns = 128},
                                     {.columns = 256},
                                     {.a_in_registers = true},
                                     {.columns = 16, .a_in_registers = true},
                                     {.columns = 64, .a_in_registers = true},
                                     {.columns = 128, .a_in_registers = true},
                                     {.columns = 256, .a_in_registers = true},
                                     {.negate_a = true},
                                     {.negate_b = true},
                                     {.negate_a = true, .negate_b = true}};
  std::vector<Plan> plans;
  for (const Types& types : every_type()) {
    for (std::size_t i = 0; i < every_form.size(); ++i) {
      if (every_form[i].columns > 64 && types.a != types.b) continue;  // not compiled
      const std::string id = fmt::format("{}.{}.form{}", family.id, types.suffix(), i);
      Random random = random_of(request.seed, fmt::format("{}.{}", family.id, types.suffix()));  // the same rows
      plans.push_back(plan_of(family, id, wgmma(types),
                              product_case(types, permuted_rows(types, request.count, random)), every_form[i]));
    }
  }
  return plans;
}

std::vector<DotRow> drawn(const RandomSet& set, const Types& types, std::int64_t count, Random& random) {
  std::vector<DotRow> rows;
  for (std::int64_t i = 0; i < count; ++i) rows.push_back(set.row(types, random));
  return rows;
}

std::vector<Plan> random_wgmma(const Family& family, const Request& request) {
  std::vector<Plan> plans;
  for (const Types& types : every_type()) {
    for (const RandomSet& set : random_row_sets()) {
      const std::string id = fmt::format("{}.{}.{}", family.id, types.suffix(), set.name);
      Random random = random_of(request.seed, id);
      plans.push_back(plan_of(family, id, wgmma(types), product_case(types, drawn(set, types, request.count, random))));
    }
  }
  return plans;
}

/// M: the same sets through mma.sync of the target, K = 32 and 16.
std::vector<Plan> random_mma(const Family& family, const Request& request) {
  std::vector<Plan> plans;
  for (const int depth : {32, 16}) {
    for (const Types& types : every_type()) {
      for (const RandomSet& set : random_row_sets()) {
        const std::string shape = depth == 32 ? "" : ".k16";
        const std::string id = fmt::format("{}.{}{}.{}.{}", family.id, request.target, shape, types.suffix(), set.name);
        Random random = random_of(request.seed, id);
        plans.push_back(plan_of(family, id, fmt::format("mma.m16n8k{}.{}.{}", depth, types.suffix(), request.target),
                                product_case(types, drawn(set, types, request.count, random), depth)));
      }
    }
  }
  return plans;
}

/// K6: the rows of W1, W3, W8, W10 and W13 as the selected terms of sparse products.
std::vector<Plan> sparse_wgmma(const Family& family, const Request& request) {
  struct Probe {
    const char* name;
    std::vector<DotRow> (*rows)(const Types& types);
  };
  std::vector<Plan> plans;
  for (const Types& types : every_type()) {
    const auto add = [&](std::string_view name, const std::vector<DotRow>& rows, Random& random) {
      if (rows.empty()) return;
      plans.push_back(plan_of(family, fmt::format("{}.{}.{}", family.id, types.suffix(), name),
                              "wgmma.sp.m64n8k64." + types.suffix(), spread(types, rows, random)));
    };
    for (const Probe& probe : {Probe{"zeros", zero_products}, Probe{"ladder", ladder}, Probe{"specials", specials},
                               Probe{"f16", f16_edges}}) {
      Random random = random_of(request.seed, fmt::format("{}{}{}", family.id, types.suffix(), probe.name));
      add(probe.name, sample(probe.rows(types), request.count, random), random);
    }
    for (const RandomSet& set : random_row_sets()) {
      if (set.name != "bits" && set.name != "near-c") continue;  // sparse operands take twice the bytes
      Random random = random_of(request.seed, fmt::format("{}{}random {}", family.id, types.suffix(), set.name));
      add(fmt::format("random-{}", set.name), drawn(set, types, request.count, random), random);
    }
  }
  return plans;
}

/// C1: inputs around every boundary between codes, all special ones, and random bits; all f16 and all codes.
std::vector<Plan> conversions(const Family& family, const Request& request) {
  std::vector<Plan> plans;
  const auto add = [&](const std::string& operation, int in_bits, int out_bits, std::vector<std::uint32_t> inputs) {
    for (const bool high : {false, true}) {
      store::ConversionCase data{{in_bits, inputs}, {out_bits, std::vector<std::uint32_t>(inputs.size())}};
      plans.push_back({std::string(family.id),
                       {.high_lane = high},
                       {fmt::format("{}.{}.{}", family.id, operation, high ? "high" : "low"), operation, {}, data}});
    }
  };
  for (const char* relu : {"", ".relu"}) {
    for (const formats::Spec& format : {formats::e4m3, formats::e5m2}) {
      const char* name = format == formats::e4m3 ? "e4m3" : "e5m2";
      Random random = random_of(request.seed, fmt::format("{}{}{}", family.id, relu, name));
      add(fmt::format("cvt.rn.satfinite{}.{}x2.f32", relu, name), 32, 8,
          conversion_inputs(format, request.count, random));
      add(fmt::format("cvt.rn.satfinite{}.{}x2.f16x2", relu, name), 16, 8, every_bits(16, request.count * 16, random));
      add(fmt::format("cvt.rn{}.f16x2.{}x2", relu, name), 8, 16, every_bits(8, 256, random));
    }
  }
  return plans;
}

/// C2: a digest for each 65,536 inputs with the same upper half; all of them unless fewer are asked for.
std::vector<Plan> every_conversion(const Family& family, const Request& request) {
  std::vector<Plan> plans;
  for (const char* relu : {"", ".relu"}) {
    for (const char* name : {"e4m3", "e5m2"}) {
      const std::string operation = fmt::format("cvt.rn.satfinite{}.{}x2.f32", relu, name);
      Random random = random_of(request.seed, std::string(family.id) + operation);
      const std::vector<std::uint32_t> uppers = every_bits(16, is_small(request) ? request.count : 65536, random);
      for (const bool high : {false, true}) {
        store::ConversionCase data{{16, uppers}, {32, std::vector<std::uint32_t>(uppers.size())}, true};
        plans.push_back({std::string(family.id),
                         {.high_lane = high},
                         {fmt::format("{}.{}.{}", family.id, operation, high ? "high" : "low"), operation, {}, data}});
      }
    }
  }
  return plans;
}

}  // namespace

std::string to_string(const Form& form) {
  std::string text;
  const auto add = [&](bool there, const std::string& what) {
    if (there) text += (text.empty() ? "" : " ") + what;
  };
  add(form.columns != 8, fmt::format("n={}", form.columns));
  add(form.a_in_registers, "a=registers");
  add(form.negate_a, "negated a");
  add(form.negate_b, "negated b");
  add(form.ignore_c, "scale-d=0");
  add(form.high_lane, "upper half");
  add(form.proposal != 0, fmt::format("proposal {}", form.proposal));
  return text;
}

const std::vector<Family>& families() {
  static const std::vector<Family> all{
      {"C1", "conversions: rounding, saturation, NaN, both halves of a pair, relu", conversions},
      {"C2", "conversions of every f32, by digests", every_conversion},
      {"W1", "whether a zero product takes part in the choice of the exponent", directed<zero_products>},
      {"W2", "with which exponent a subnormal operand is aligned", directed<subnormal_operands>},
      {"W3", "bits kept at alignment, truncation of each term, the place of c", directed<ladder>},
      {"W4", "what becomes of c alone", directed<lone_addend>},
      {"W5", "rounding of the sum", directed<dropped_bits>},
      {"W6", "width of the sum", directed<carries>},
      {"W7", "sign of a sum that is zero", directed<zero_sums>},
      {"W8", "NaN, infinities and their bits", directed<specials>},
      {"W9", "whether an accumulator that is to be ignored is", ignored_addend},
      {"W10", "f16 sums: ties, underflow and its sign, overflow", directed<f16_edges>},
      {"W11", "order along K, N, A in registers, negation", forms},
      {"W13", "random operands, six distributions", random_wgmma},
      {"M", "random operands through mma.sync", random_mma},
      {"K6", "sparse wgmma: which terms, and one sum of 32 with c", sparse_wgmma},
      {"K8", "chained instructions and promotion", chained_products},
      {"L1", "the library's summation tree", library_tree_probes},
      {"L2", "after how many elements of K the library promotes", library_promotion},
      {"L3", "the library over shapes", library_shapes},
      {"L4", "the order in which parts of a split K meet", library_split_k},
      {"L5", "the library's epilogue: order of scales, bias and C, types, -0, amax", library_epilogue},
      {"L6", "the library's scales by row and by block of K", library_scale_modes},
      {"L7", "the library's other algorithms for one product", library_algorithms},
  };
  return all;
}

std::vector<Family> families(const std::vector<std::string>& ids) {
  if (ids.empty()) return families();
  std::vector<Family> chosen;
  std::vector<std::string_view> names;
  for (const Family& family : families()) names.push_back(family.id);
  for (const std::string& id : ids) {
    const auto found = std::ranges::find(families(), std::string_view(id), &Family::id);
    if (found == families().end())
      throw Error(
          fmt::format("family '{}' is unknown; did you mean '{}'?", id.substr(0, 40), messages::nearest(id, names)));
    chosen.push_back(*found);
  }
  return chosen;
}

}  // namespace octavo::experiments::capture
