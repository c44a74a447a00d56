// Recipes as TOML.
#include <fmt/format.h>

#include <optional>

#include "formats/catalog.h"
#include "formats/rounding_names.h"
#include "messages/toml_entries.h"
#include "scaling/recipe/policy_text.h"
#include "scaling/recipe/policy_toml.h"
#include "scaling/recipe/recipe.h"
#include "scaling/recipe/recipe_keys.h"

namespace octavo::scaling {
namespace {

std::string to_toml(const Override::CastChange& change) {
  if (change.none) return fmt::format("\"{}\"", kNoCast);
  std::string fields;
  if (change.format) fields = fmt::format("format = \"{}\"", formats::name(*change.format));
  const auto add = [&](const std::string& field) { fields += (fields.empty() ? "" : ", ") + field; };
  if (change.scaling) add(fmt::format("scaling = {}", to_toml(*change.scaling)));
  if (change.granularity) add(fmt::format("granularity = \"{}\"", to_text(*change.granularity)));
  if (change.rounding) add(fmt::format("rounding = \"{}\"", formats::name(*change.rounding)));
  return "{ " + fields + " }";
}

std::string to_toml(const Override::GemmChange& change) {
  std::string fields;
  const auto add = [&](const std::string& field) { fields += (fields.empty() ? "" : ", ") + field; };
  if (change.engine) add(fmt::format("engine = {}", messages::toml_string(*change.engine)));
  if (change.accumulator) add(fmt::format("accumulator = \"{}\"", name(*change.accumulator)));
  std::string intervals;
  for (std::size_t product = 0; product < kLinearProductCount; ++product)
    if (change.promotion[product])
      intervals += fmt::format("{}{} = {}", intervals.empty() ? "" : ", ", name(static_cast<LinearProduct>(product)),
                               *change.promotion[product]);
  if (!intervals.empty()) add(fmt::format("promotion = {{ {} }}", intervals));
  return "{ " + fields + " }";
}

/// The granularity where it is not the scaling's usual one.
std::optional<Granularity> said(const Cast& cast) {
  return cast.granularity == usual_granularity(cast.scaling) ? std::nullopt : std::optional(cast.granularity);
}

/// The rounding where it is not to nearest even.
std::optional<formats::Rounding> said_rounding(const Cast& cast) {
  return cast.rounding == formats::Rounding::nearest_even ? std::nullopt : std::optional(cast.rounding);
}

}  // namespace

std::string to_toml(const Recipe& recipe) {
  std::string out = fmt::format("baseline = \"{}\"\n", name(recipe.baseline));
  if (recipe.overflow != formats::Overflow::saturate) out += "overflow = \"propagate\"\n";
  if (recipe.seed != 0) out += fmt::format("seed = {}\n", recipe.seed);
  out += "\n[cast]\n";
  for (std::size_t role = 0; role < kRoleCount; ++role)
    if (const auto& cast = recipe.rule.casts[role])
      out += fmt::format(
          "{} = {}\n", name(static_cast<Role>(role)),
          to_toml(Override::CastChange{false, cast->format, cast->scaling, said(*cast), said_rounding(*cast)}));
  const Gemm& gemm = recipe.rule.gemm;
  out +=
      fmt::format("\n[gemm]\nengine = {}\naccumulator = \"{}\"\npromotion = {{ fprop = {}, dgrad = {}, wgrad = {} }}\n",
                  messages::toml_string(gemm.engine), name(gemm.accumulator), gemm.promotion[0], gemm.promotion[1],
                  gemm.promotion[2]);
  for (const Override& change : recipe.overrides) {
    out += fmt::format("\n[[override]]\nlayers = {}\n", messages::toml_string(change.layers));
    for (std::size_t role = 0; role < kRoleCount; ++role)
      if (change.casts[role] != Override::CastChange{})
        out += fmt::format("{} = {}\n", name(static_cast<Role>(role)), to_toml(change.casts[role]));
    if (change.gemm != Override::GemmChange{}) out += fmt::format("gemm = {}\n", to_toml(change.gemm));
  }
  return out;
}

}  // namespace octavo::scaling
