// Recipes as values.
#include "experiments/studies/recipes.h"

namespace octavo::experiments::studies {

scaling::Recipe fp16_baseline() { return scaling::uncast(scaling::Baseline::fp16); }

scaling::Recipe fp8_amax(const FormatPair& formats) {
  scaling::Recipe recipe = fp16_baseline();
  recipe.rule.casts = {scaling::Cast{formats.forward, scaling::Amax{}}, scaling::Cast{formats.forward, scaling::Amax{}},
                       scaling::Cast{formats.backward, scaling::Amax{3}}};
  return recipe;
}

scaling::Recipe fp8_cscale(int bias, const FormatPair& formats) {
  scaling::Recipe recipe = fp16_baseline();
  const scaling::Cscale constant{bias};
  recipe.rule.casts = {scaling::Cast{formats.forward, constant}, scaling::Cast{formats.forward, constant},
                       scaling::Cast{formats.backward, constant}};
  return recipe;
}

}  // namespace octavo::experiments::studies
