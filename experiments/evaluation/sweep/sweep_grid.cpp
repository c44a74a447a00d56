// Grids and recipes.
#include "experiments/evaluation/sweep/sweep_grid.h"

#include <fmt/format.h>

#include "messages/error.h"
#include "sim/model/transformer.h"

namespace octavo::experiments {

using scaling::Role;
using store::Policy;

namespace {

/// Whether two recipes do the same to every linear layer, overrides apart.
bool same_rules(const scaling::Recipe& a, const scaling::Recipe& b, const sim::model::Config& config) {
  for (std::int64_t layer = 0; layer < config.layers; ++layer)
    for (const sim::model::Kind kind : sim::model::kinds(config.family)) {
      const std::string linear = sim::model::linear_name(layer, kind);
      if (a.resolve(linear) != b.resolve(linear)) return false;
    }
  return true;
}

}  // namespace

bool is_tested(Tested tested, Role role) {
  return role != Role::gradient && (tested == Tested::both || (tested == Tested::weight) == (role == Role::weight));
}

std::string pattern_of(const SweepPoint& point) {
  switch (point.scope) {
    case Scope::layer:
      return point.target + ".*";
    case Scope::kind:
      return "decoder.*." + point.target;
    case Scope::model:
      break;
  }
  return "*";
}

std::vector<SweepPoint> sweep_grid(const sim::model::Config& config, const scaling::Recipe& recipe,
                                   const SweepFlags& flags) {
  std::vector<SweepPoint> grid{{.policy = Policy::baseline}, {.policy = Policy::amax}};
  if (!same_rules(recipe, recipe_at(grid[1], recipe, flags, config), config))
    grid.push_back({.policy = Policy::recipe});
  const auto add = [&](const std::string& target, std::int64_t layer) {
    for (std::int32_t bias = flags.bias.first; bias <= flags.bias.last; ++bias)
      grid.push_back({Policy::cscale, flags.by, target, bias,
                      is_tested(flags.role, Role::weight) ? bias : store::kNoBias,
                      is_tested(flags.role, Role::activation) ? bias : store::kNoBias, layer});
  };
  if (flags.grid) {
    for (std::int32_t weight = flags.grid->weight.first; weight <= flags.grid->weight.last; ++weight)
      for (std::int32_t activation = flags.grid->activation.first; activation <= flags.grid->activation.last;
           ++activation)
        grid.push_back({.policy = Policy::cscale, .weight_bias = weight, .activation_bias = activation});
    return grid;
  }
  switch (flags.by) {
    case Scope::model:
      add("", -1);
      break;
    case Scope::kind:
      for (const sim::model::Kind kind : sim::model::kinds(config.family)) add(std::string(sim::model::name(kind)), -1);
      break;
    case Scope::layer:
      for (std::int64_t layer = 0; layer < config.layers; ++layer) add("decoder." + std::to_string(layer), layer);
      break;
  }
  return grid;
}

scaling::Recipe recipe_at(const SweepPoint& point, const scaling::Recipe& recipe, const SweepFlags& flags,
                          const sim::model::Config& config) {
  if (point.policy == Policy::baseline) return scaling::uncast(recipe.baseline);
  if (point.policy == Policy::recipe) return recipe;
  scaling::Recipe result = recipe;
  bool found = false;
  for (std::int64_t layer = 0; layer < config.layers; ++layer)
    for (const sim::model::Kind kind : sim::model::kinds(config.family)) {
      const std::string linear = sim::model::linear_name(layer, kind);
      if (!scaling::matches(pattern_of(point), linear)) continue;
      const scaling::LinearRule rule = recipe.resolve(linear);
      scaling::Override change;
      change.layers = linear;
      for (const Role role : {Role::weight, Role::activation}) {
        if (!rule[role] || !is_tested(flags.role, role)) continue;
        found = true;
        change[role].format = flags.format;
        if (point.policy == Policy::cscale)
          change[role].scaling = scaling::Cscale{role == Role::weight ? point.weight_bias : point.activation_bias};
        else if (!std::holds_alternative<scaling::Amax>(rule[role]->scaling))
          change[role].scaling = scaling::Amax{};
      }
      result.overrides.push_back(change);
    }
  if (!found)
    throw Error(fmt::format("recipe: casts no {} of {}; nothing to sweep", word(flags.role),
                            point.target.empty() ? "any layer" : point.target));
  return result;
}

std::string text_of(const SweepPoint& point) {
  if (point.policy != Policy::cscale) return std::string(word(point.policy));
  if (point.bias == store::kNoBias) return fmt::format("biases {} and {}", point.weight_bias, point.activation_bias);
  return fmt::format("{} bias {}", point.target, point.bias);
}

}  // namespace octavo::experiments
