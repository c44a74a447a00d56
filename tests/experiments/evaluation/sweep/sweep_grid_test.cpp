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
  flags.first_bias = -1;
  flags.last_bias = 1;
  const auto text = [&](Scope by) {
    flags.by = by;
    std::vector<std::string> points;
    for (const SweepPoint& point : sweep_grid(config, flags))
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

TEST(RecipeAt, ChangesWhatIsUnderTestAndNothingElse) {
  sim::model::Config config;
  config.layers = 12;
  const scaling::Recipe recipe = mixed_recipe();
  SweepFlags flags;
  flags.role = Tested::weight;
  const SweepPoint point{Policy::cscale, Scope::layer, "decoder.1", -5, 1};
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
