// Several recipes on one text: baselines by type, paired rows, and a record of every tensor.
#include "experiments/evaluation/eval/compare_recipes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "experiments/evaluation/evaluate.h"
#include "tests/experiments/tiny_llama.h"

namespace octavo::experiments {
namespace {

using scaling::Baseline;
using scaling::Role;
using store::Policy;

void ignore_progress(double, const std::string&) {}

scaling::Recipe weights_only() {
  return scaling::parse_recipe("baseline = \"bf16\"\n[cast]\nweight = { format = \"e4m3\", scaling = \"amax\" }", "w");
}

class CompareRecipes : public testing::Test {
 protected:
  EvalResult compare_all(const std::vector<NamedRecipe>& recipes, bool every_tensor) const {
    return compare_recipes(subject_, recipes, axis_, {Criterion::loss, every_tensor}, ignore_progress);
  }

  TinyFiles files_{60};
  Subject subject_ = open_subject(files_.flags);
  TensorAxis axis_{subject_.weights->config};
};

TEST_F(CompareRecipes, HoldsEachAgainstTheModelWithoutCastsInItsOwnType) {
  const EvalResult result = compare_all(
      {{"a", scaling::default_recipe()}, {"b", weights_only()}, {"c", scaling::uncast(Baseline::fp32)}}, false);
  std::vector<std::string> names;
  for (const store::EvalRow& row : result.rows) names.push_back(row.recipe + ' ' + std::string(name(row.baseline)));
  EXPECT_THAT(names, testing::ElementsAre(" fp32", "a fp32", " bf16", "b bf16", "c fp32"));
  ASSERT_EQ(result.runs.size(), 5U);
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    EXPECT_EQ(result.rows[i].run, static_cast<int>(i));
    EXPECT_EQ(result.rows[i].policy, result.rows[i].recipe.empty() ? Policy::baseline : Policy::recipe);
  }
  EXPECT_EQ(result.rows[1].to_baseline, compare(result.runs[1], result.runs[0], Criterion::loss));
  EXPECT_EQ(result.rows[3].to_baseline, compare(result.runs[3], result.runs[2], Criterion::loss));
  EXPECT_EQ(result.rows[3].to_first, compare(result.runs[3], result.runs[1], Criterion::loss));
  EXPECT_EQ(result.rows[4].loss, result.rows[0].loss);
  EXPECT_EQ(result.rows[4].kl, 0.0);
  EXPECT_EQ(result.rows[4].top1_agreement, 1.0);
  EXPECT_EQ(result.rows[4].to_baseline.verdict, Verdict::holds);
  EXPECT_GT(result.rows[1].kl, 0.0);
  EXPECT_GT(result.rows[1].kl_se, 0.0);
  EXPECT_TRUE(result.runs[0].token_kl.empty());
  double sum = 0.0;
  for (const float kl : result.runs[1].token_kl) sum += static_cast<double>(kl);
  EXPECT_NEAR(result.rows[1].kl, sum / static_cast<double>(subject_.tokens), 1e-12);
}

TEST_F(CompareRecipes, GivesTheBitsOfOneEvaluationAlone) {
  const EvalResult result = compare_all({{"a", scaling::default_recipe()}, {"b", weights_only()}}, false);
  for (const auto& [run, recipe] : {std::pair(1, scaling::default_recipe()), std::pair(3, weights_only())}) {
    const TensorAxis axis(subject_.weights->config, recipe);
    const store::Run alone = evaluate(subject_, recipe, axis, true, ignore_progress);
    const store::Run& found = result.runs[static_cast<std::size_t>(run)];
    EXPECT_EQ(found.token_loss, alone.token_loss);
    ASSERT_EQ(found.tensors.size(), alone.tensors.size());
    for (std::size_t i = 0; i < alone.tensors.size(); ++i) {
      store::TensorRecord expected = alone.tensors[i];
      const store::TensorName& tensor = axis.names()[static_cast<std::size_t>(expected.index)];
      expected.index = found.tensors[i].index;
      EXPECT_EQ(axis_.names()[static_cast<std::size_t>(expected.index)], tensor);
      EXPECT_EQ(found.tensors[i], expected) << tensor.name;
    }
  }
}

TEST_F(CompareRecipes, WithoutARecipeScoresTheModelAlone) {
  const EvalResult result = compare_all({}, false);
  ASSERT_EQ(result.rows.size(), 1U);
  EXPECT_EQ(result.rows[0].policy, Policy::baseline);
  EXPECT_TRUE(result.runs[0].tensors.empty());
}

TEST_F(CompareRecipes, RecordsTheMagnitudesOfWhatIsNotCast) {
  const EvalResult result = compare_all({{"w", weights_only()}}, true);
  ASSERT_EQ(result.runs.size(), 2U);
  const EvalResult cast = compare_all({{"all", scaling::default_recipe()}}, true);
  for (const std::size_t run : {0U, 1U}) {
    const std::vector<store::TensorRecord>& records = result.runs[run].tensors;
    ASSERT_EQ(records.size(), axis_.names().size());
    for (std::size_t i = 0; i < records.size(); ++i) {
      const store::TensorRecord& record = records[i];
      const Role role = axis_.names()[i].role;
      EXPECT_EQ(record.index, static_cast<int>(i));
      EXPECT_EQ(record.cast, run == 1 && role == Role::weight ? 1 : 0);
      EXPECT_EQ(record.elements, cast.runs[1].tensors[i].elements);
      std::uint64_t elements = 0;
      for (const std::uint64_t count : record.exponent_histogram) elements += count;
      EXPECT_EQ(elements, record.elements);
      if (record.cast != 0) continue;
      EXPECT_EQ(record.bias, store::kNoBias);
      EXPECT_EQ(record.scale, 1.0F);
      EXPECT_TRUE(std::isnan(record.snr_db));
    }
  }
  // In binary32 the weights are those that the recipe of the other evaluation casts.
  const EvalResult plain = compare_all({}, true);
  for (std::size_t i = 0; i < axis_.names().size(); ++i) {
    if (axis_.names()[i].role != Role::weight) continue;
    EXPECT_EQ(plain.runs[0].tensors[i].amax, cast.runs[1].tensors[i].amax);
    EXPECT_EQ(plain.runs[0].tensors[i].exponent_histogram, cast.runs[1].tensors[i].exponent_histogram);
  }
}

}  // namespace
}  // namespace octavo::experiments
