// Who computes what, held against what a model does.
#include "experiments/evaluation/engine_usage.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiments/evaluation/scoring.h"
#include "tests/experiments/tiny_llama.h"

namespace octavo::experiments {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kBoth = R"(
[cast]
weight     = { format = "e4m3", scaling = "amax" }
activation = { format = "e4m3", scaling = "amax" }
[gemm]
engine = "hopper-wgmma"
)";

class Usage : public testing::Test {
 protected:
  EngineUsage of(const std::string& toml) const {
    return engine_usage(*subject_.weights, scaling::parse_recipe(toml, "test"), "test.toml");
  }
  std::vector<float> scores(const std::string& toml) const {
    sim::model::Transformer<float> model(subject_.weights);
    model.apply(scaling::parse_recipe(toml, "test"));
    return score_subject(model, subject_, nullptr, [](double) {}).loss;
  }
  static std::string replaced(std::string text, const std::string& old, const std::string& now) {
    return text.replace(text.find(old), old.size(), now);
  }

  TinyFiles files_{60};
  Subject subject_ = open_subject(files_.flags);
};

TEST_F(Usage, CountsTheProductsOfLayersAndHead) {
  using T = TinyLlama;
  constexpr int kv = T::width / T::heads * T::kv_heads;
  constexpr std::int64_t linear = T::layers * (2 * T::width * T::width + 2 * kv * T::width + 3 * T::hidden * T::width);
  constexpr std::int64_t head = T::vocabulary * T::width;
  const EngineUsage usage = of(kBoth);
  ASSERT_EQ(usage.engines.size(), 2U);
  EXPECT_EQ(usage.engines[0].engine, "hopper-wgmma");
  EXPECT_EQ(usage.engines[0].products, 7 * T::layers);
  EXPECT_EQ(usage.engines[0].multiply_adds, linear);
  EXPECT_EQ(usage.engines[1].engine, "fp32");
  EXPECT_EQ(usage.engines[1].products, 1);
  EXPECT_EQ(usage.engines[1].multiply_adds, head);
  EXPECT_DOUBLE_EQ(usage.engines[0].share, static_cast<double>(linear) / static_cast<double>(linear + head));
  EXPECT_EQ(usage.layers.size(), 7U * T::layers + 1U);
  EXPECT_EQ(usage.layers.back().layer, "head");
  EXPECT_EQ(usage.layers.front().recipe, "test.toml");
  EXPECT_THAT(engine_text(usage), AllOf(HasSubstr("wgmma"), HasSubstr(" | "), HasSubstr("% of the multiply-adds")));
}

TEST_F(Usage, WhatIsNotCastRunsOnFp32AndClaimsNothingElse) {
  const std::string weights = replaced(kBoth, "activation = { format = \"e4m3\", scaling = \"amax\" }", "");
  const EngineUsage usage = of(weights);
  ASSERT_EQ(usage.engines.size(), 1U);
  EXPECT_EQ(usage.engines[0].engine, "fp32");
  EXPECT_EQ(usage.engines[0].share, 1.0);
  EXPECT_THAT(engine_text(usage), AllOf(Not(HasSubstr("H100")), Not(HasSubstr("wgmma"))));
  // The model does what the usage says.
  EXPECT_EQ(scores(weights), scores(replaced(weights, "hopper-wgmma", "fp32")));
  EXPECT_NE(scores(kBoth), scores(replaced(kBoth, "hopper-wgmma", "fp32")));
}

TEST_F(Usage, NamesTheEnginesOfOverrides) {
  const EngineUsage usage =
      of(std::string(kBoth) +
         "[[override]]\nlayers = \"*.mlp.down\"\ngemm = { engine = \"ada-mma\", promotion = { fprop = 128 } }\n"
         "[[override]]\nlayers = \"decoder.0.mlp.up\"\nweight = { format = \"none\" }\n");
  std::vector<std::string> engines;
  for (const store::EngineRow& row : usage.engines) engines.push_back(fmt::format("{} {}", row.engine, row.promotion));
  EXPECT_THAT(engines, testing::UnorderedElementsAre("hopper-wgmma 0", "ada-mma 128", "fp32 0"));
  for (const store::LayerEngineRow& row : usage.layers) {
    const std::string expected = row.layer == "head" || row.layer == "decoder.0.mlp.up" ? "fp32"
                                 : row.layer.ends_with(".mlp.down")                     ? "ada-mma"
                                                                                        : "hopper-wgmma";
    EXPECT_EQ(row.engine, expected) << row.layer;
  }
}

TEST_F(Usage, TrainingHasThreeProducts) {
  const scaling::Recipe recipe = scaling::parse_recipe(kBoth, "test");  // gradients are left in the baseline
  const EngineUsage usage = engine_usage(*subject_.weights, recipe, "test", kTrainingProducts);
  EXPECT_EQ(usage.layers.size(), 3U * (7U * TinyLlama::layers + 1U));
  for (const store::LayerEngineRow& row : usage.layers)
    EXPECT_EQ(row.engine, row.which == scaling::LinearProduct::fprop && row.layer != "head" ? "hopper-wgmma" : "fp32");
}

}  // namespace
}  // namespace octavo::experiments
