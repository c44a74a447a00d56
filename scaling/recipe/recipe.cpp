// How the rules of a recipe combine.
#include "scaling/recipe/recipe.h"

#include "messages/error.h"
#include "scaling/recipe/policy_text.h"

namespace octavo::scaling {

std::string_view name(Role role) {
  constexpr std::array<std::string_view, kRoleCount> names{"weight", "activation", "gradient"};
  return names[static_cast<std::size_t>(role)];
}

std::string_view name(Baseline baseline) {
  constexpr std::array<std::string_view, kBaselineCount> names{"fp32", "bf16", "fp16"};
  return names[static_cast<std::size_t>(baseline)];
}

std::string_view name(LinearProduct product) {
  constexpr std::array<std::string_view, kLinearProductCount> names{"fprop", "dgrad", "wgrad"};
  return names[static_cast<std::size_t>(product)];
}

bool matches(std::string_view pattern, std::string_view name) {
  // Greedy with one point to return to: the last star, which takes one more character each time.
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

LinearRule Recipe::resolve(std::string_view layer) const {
  struct Parts {
    std::optional<formats::Spec> format;
    std::optional<Policy> scaling;
    Granularity granularity;
    formats::Rounding rounding = formats::Rounding::nearest_even;
  };
  std::array<Parts, kRoleCount> parts;
  for (std::size_t role = 0; role < kRoleCount; ++role)
    if (rule.casts[role])
      parts[role] = {rule.casts[role]->format, rule.casts[role]->scaling, rule.casts[role]->granularity,
                     rule.casts[role]->rounding};
  LinearRule result;
  result.gemm = rule.gemm;
  for (const Override& change : overrides) {
    if (!matches(change.layers, layer)) continue;
    result.gemm.engine = change.gemm.engine.value_or(result.gemm.engine);
    result.gemm.accumulator = change.gemm.accumulator.value_or(result.gemm.accumulator);
    for (std::size_t product = 0; product < kLinearProductCount; ++product)
      result.gemm.promotion[product] = change.gemm.promotion[product].value_or(result.gemm.promotion[product]);
    for (std::size_t role = 0; role < kRoleCount; ++role) {
      const Override::CastChange& cast = change.casts[role];
      if (cast.none) parts[role] = {};
      if (cast.format) parts[role].format = cast.format;
      if (cast.scaling) parts[role].scaling = cast.scaling;
      if (cast.scaling) parts[role].granularity = usual_granularity(*cast.scaling);
      if (cast.granularity) parts[role].granularity = *cast.granularity;
      if (cast.rounding) parts[role].rounding = *cast.rounding;
    }
  }
  for (std::size_t role = 0; role < kRoleCount; ++role) {
    const Parts& part = parts[role];
    if (part.format && part.scaling) {
      check({*part.scaling, part.granularity},
            "recipe: " + std::string(name(static_cast<Role>(role))) + " of " + std::string(layer));
      result.casts[role] = Cast{*part.format, *part.scaling, part.granularity, overflow, part.rounding};
    } else if (part.format || part.scaling) {
      throw Error("recipe: " + std::string(name(static_cast<Role>(role))) + " of " + std::string(layer) + " has a " +
                  (part.format ? "format but no scaling" : "scaling but no format") +
                  "; give both, in [cast] or in the override");
    }
  }
  return result;
}

Recipe default_recipe() {
  Recipe recipe;
  recipe.rule.casts = {Cast{formats::e4m3, Amax{}}, Cast{formats::e4m3, Amax{}}, Cast{formats::e5m2, Amax{3}}};
  return recipe;
}

Recipe uncast(Baseline baseline) {
  Recipe recipe;
  recipe.baseline = baseline;
  return recipe;
}

}  // namespace octavo::scaling
