// Planned cases of single instructions.
#include "experiments/capture/families/instruction_families.h"

#include <fmt/format.h>

#include "experiments/capture/families/forms.h"
#include "experiments/capture/families/rows/directed_rows.h"
#include "experiments/capture/families/rows/random_rows.h"
#include "experiments/capture/families/rows/sparse_rows.h"

namespace octavo::experiments::capture {
namespace {

std::string wgmma(const Types& types) { return "wgmma.m64n8k32." + types.suffix(); }

Plan plan_of(const Family& family, std::string id, std::string operation, store::ProductCase data, Form form = {}) {
  return {std::string(family.id), form, {std::move(id), std::move(operation), {}, std::move(data)}};
}

std::vector<DotRow> drawn(const RandomSet& set, const Types& types, std::int64_t count, Random& random) {
  std::vector<DotRow> rows;
  for (std::int64_t i = 0; i < count; ++i) rows.push_back(set.row(types, random));
  return rows;
}

}  // namespace

std::vector<Plan> directed_rows(const Family& family, const Request& request, std::vector<DotRow> (*rows)(const Types&),
                                const Form& form) {
  std::vector<Plan> plans;
  for (const Types& types : every_type()) {
    const std::string id = fmt::format("{}.{}", family.id, types.suffix());
    Random random = random_of(request.seed, id);
    const std::vector<DotRow> chosen = sample(rows(types), request.count, random);
    if (!chosen.empty()) plans.push_back(plan_of(family, id, wgmma(types), product_case(types, chosen), form));
  }
  return plans;
}

std::vector<Plan> ignored_addend(const Family& family, const Request& request) {
  std::vector<Plan> plans = directed_rows(family, request, ladder, {.ignore_c = true});
  for (Plan& plan : plans) std::get<store::ProductCase>(plan.one.data).c.reset();
  return plans;
}

std::vector<Plan> every_form(const Family& family, const Request& request) {
  const std::vector<Form> forms = wgmma_forms();
  std::vector<Plan> plans;
  for (const Types& types : every_type()) {
    for (std::size_t i = 0; i < forms.size(); ++i) {
      if (!has_form(types, forms[i])) continue;
      const std::string id = fmt::format("{}.{}.form{}", family.id, types.suffix(), i);
      Random random = random_of(request.seed, fmt::format("{}.{}", family.id, types.suffix()));  // the same rows
      plans.push_back(plan_of(family, id, wgmma(types),
                              product_case(types, permuted_rows(types, request.count, random)), forms[i]));
    }
  }
  return plans;
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

}  // namespace octavo::experiments::capture
