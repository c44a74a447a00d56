// The points of a sweep, and what their recipes change.
#include "experiments/evaluation/sweep/sweep_grid.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/model/transformer.h"
#include "tests/sim/file/file_writers.h"

namespace octavo::experiments {
namespace {

using scaling::Role;
using sim::file::throws_one_line;
using store::Policy;
using testing::HasSubstr;

/// Constant biases here and there, so that what surrounds the layer under test is not all AMAX.
scaling::Recipe mixed_recipe() {
  return scaling::parse_recipe(R"(
baseline = "bf16"
[cast]
weight     = { format = "e4m3", scaling = "amax" }
activation = { format = "e5m2", scaling = { cscale = { bias = 1 } } }
[[override]]
layers = "*.mlp.down"
weight = { scaling = { cscale = { bias = 3 } } }
)",
                               "mixed");
}

TEST(SweepGrid, IsBaselineAmaxThenBiasesTargetByTarget) {
  sim::model::Config config;
  config.layers = 2;
  SweepFlags flags;
  flags.bias = {-1, 1};
  const auto text = [&](Scope by) {
    flags.by = by;
    std::vector<std::string> points;
    for (const SweepPoint& point : sweep_grid(config, scaling::default_recipe(), flags))
      points.push_back(fmt::format("{} {} {} {}", word(point.policy), word(point.scope), point.target,
                                   point.bias == store::kNoBias ? "" : std::to_string(point.bias)));
    return points;
  };
  EXPECT_THAT(text(Scope::model), testing::ElementsAre("baseline model  ", "amax model  ", "cscale model  -1",
                                                       "cscale model  0", "cscale model  1"));
  EXPECT_THAT(text(Scope::layer),
              testing::ElementsAre("baseline model  ", "amax model  ", "cscale layer decoder.0 -1",
                                   "cscale layer decoder.0 0", "cscale layer decoder.0 1", "cscale layer decoder.1 -1",
                                   "cscale layer decoder.1 0", "cscale layer decoder.1 1"));
  EXPECT_THAT(text(Scope::kind), testing::SizeIs(2 + 7 * 3));
}

TEST(SweepGrid, HasTheRecipeAsItIsWrittenUnlessThatIsTheAmaxPoint) {
  sim::model::Config config;
  config.layers = 1;
  const auto policies = [&](const scaling::Recipe& recipe, const SweepFlags& flags) {
    std::vector<Policy> found;
    for (const SweepPoint& point : sweep_grid(config, recipe, flags))
      if (point.policy != Policy::cscale) found.push_back(point.policy);
    return found;
  };
  SweepFlags flags;
  EXPECT_THAT(policies(scaling::default_recipe(), flags), testing::ElementsAre(Policy::baseline, Policy::amax));
  EXPECT_THAT(policies(mixed_recipe(), flags), testing::ElementsAre(Policy::baseline, Policy::amax, Policy::recipe));
  flags.format = formats::e5m2;  // under test; the recipe says e4m3
  EXPECT_THAT(policies(scaling::default_recipe(), flags),
              testing::ElementsAre(Policy::baseline, Policy::amax, Policy::recipe));
  EXPECT_EQ(recipe_at({.policy = Policy::recipe}, mixed_recipe(), flags, config), mixed_recipe());
}

TEST(SweepGrid, TakesWeightsAndActivationsApart) {
  sim::model::Config config;
  config.layers = 1;
  SweepFlags flags;
  flags.grid = {{-1, 0}, {5, 7}};
  const std::vector<SweepPoint> grid = sweep_grid(config, scaling::default_recipe(), flags);
  ASSERT_EQ(grid.size(), 2u + 2u * 3u);
  EXPECT_EQ(grid[3].weight_bias, -1);
  EXPECT_EQ(grid[3].activation_bias, 6);
  EXPECT_EQ(grid[3].bias, store::kNoBias);
  const scaling::LinearRule rule =
      recipe_at(grid[3], scaling::default_recipe(), flags, config).resolve("decoder.0.mlp.up");
  EXPECT_EQ(rule[Role::weight]->scaling, scaling::Policy(scaling::Cscale{-1}));
  EXPECT_EQ(rule[Role::activation]->scaling, scaling::Policy(scaling::Cscale{6}));
}

TEST(RecipeAt, GivesWhatIsUnderTestItsFormat) {
  sim::model::Config config;
  config.layers = 1;
  SweepFlags flags;
  flags.role = Tested::weight;
  flags.format = formats::e3m4;
  const scaling::LinearRule rule =
      recipe_at({.policy = Policy::amax}, mixed_recipe(), flags, config).resolve("decoder.0.mlp.up");
  EXPECT_EQ(rule[Role::weight]->format, formats::e3m4);
  EXPECT_EQ(rule[Role::activation]->format, formats::e5m2);
}

TEST(RecipeAt, ChangesWhatIsUnderTestAndNothingElse) {
  sim::model::Config config;
  config.layers = 12;
  const scaling::Recipe recipe = mixed_recipe();
  SweepFlags flags;
  flags.role = Tested::weight;
  const SweepPoint point{Policy::cscale, Scope::layer, "decoder.1", -5, -5, store::kNoBias, 1};
  const scaling::Recipe changed = recipe_at(point, recipe, flags, config);
  for (std::int64_t layer = 0; layer < config.layers; ++layer)
    for (const sim::model::Kind kind : sim::model::llama_kinds) {
      const std::string linear = sim::model::linear_name(layer, kind);
      scaling::LinearRule expected = recipe.resolve(linear);
      if (layer == 1) expected.casts[0]->scaling = scaling::Cscale{-5};
      EXPECT_EQ(changed.resolve(linear), expected) << linear;
    }
  const scaling::Recipe amax = recipe_at({.policy = Policy::amax}, recipe, flags, config);
  EXPECT_EQ(amax.resolve("decoder.0.mlp.down")[Role::weight]->scaling, scaling::Policy(scaling::Amax{}));
  EXPECT_EQ(amax.resolve("decoder.0.mlp.down")[Role::activation]->scaling, scaling::Policy(scaling::Cscale{1}));
  EXPECT_EQ(recipe_at({.policy = Policy::baseline}, recipe, flags, config), scaling::uncast(scaling::Baseline::bf16));
}

TEST(RecipeAt, RefusesToSweepWhatIsNotCast) {
  sim::model::Config config;
  config.layers = 1;
  const scaling::Recipe recipe =
      scaling::parse_recipe("[cast]\nweight = { format = \"e4m3\", scaling = \"amax\" }", "weights-only");
  SweepFlags flags;
  flags.role = Tested::activation;
  EXPECT_THAT([&] { recipe_at({.policy = Policy::amax}, recipe, flags, config); },
              throws_one_line(HasSubstr("casts no activation")));
}

}  // namespace
}  // namespace octavo::experiments
