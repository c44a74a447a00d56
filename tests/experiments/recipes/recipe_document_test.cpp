// docs/recipes.md is what the reader's lists say; and every key of the lists is one that the reader takes.
#include "experiments/recipes/recipe_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "experiments/recipes/shipped.h"
#include "octavo_test_paths.h"
#include "scaling/recipe/policy_fields.h"
#include "scaling/recipe/policy_text.h"
#include "scaling/recipe/recipe.h"
#include "scaling/recipe/recipe_keys.h"
#include "sim/gemm/catalog/engines.h"
#include "tests/refusal.h"

namespace octavo::experiments {
namespace {

using testing::HasSubstr;

TEST(RecipeDocument, IsTheOneInDocs) {
  std::ifstream file(std::string(OCTAVO_SOURCE) + "/docs/recipes.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text, recipe_document()) << "write it again: octavo recipes --document > docs/recipes.md";
}

TEST(RecipeDocument, NamesEveryKeyScalingAndEngine) {
  const std::string text = recipe_document();
  const auto all = [&](const auto& keys) {
    for (const scaling::RecipeKey& key : keys)
      EXPECT_THAT(text, HasSubstr("| `" + std::string(key.name) + "` |")) << key.name;
  };
  all(scaling::kRootKeys), all(scaling::kRoleKeys), all(scaling::kCastKeys), all(scaling::kGemmKeys);
  all(scaling::kPromotionKeys), all(scaling::kOverrideKeys);
  for (const std::string_view name : scaling::policy_names())
    EXPECT_THAT(text, HasSubstr("| `" + std::string(name) + "` |"));
  for (const std::string_view name : sim::gemm::engine_names())
    EXPECT_THAT(text, HasSubstr("`" + std::string(name) + "`"));
  scaling::for_each_policy([](const auto& policy) {
    EXPECT_THAT(scaling::scaling_forms(), HasSubstr(std::string(scaling::policy_name(policy))));
  });
}

/// A key of a list that the reader did not know would be refused as unknown, whatever its value.
TEST(RecipeDocument, NamesNoKeyThatTheReaderDoesNotKnow) {
  const auto refusal = [](const std::string& toml) {
    return tests::refusal([&] { scaling::parse_recipe(toml, "r.toml"); });
  };
  const auto known = [&](const auto& keys, const std::string& before, const std::string& after) {
    for (const scaling::RecipeKey& key : keys)
      EXPECT_THAT(refusal(before + std::string(key.name) + " = 1.5" + after), testing::Not(HasSubstr("unknown key")))
          << key.name;
  };
  known(scaling::kRootKeys, "", "\n");
  known(scaling::kRoleKeys, "[cast]\n", "\n");
  known(scaling::kCastKeys, "[cast]\nweight = { ", " }\n");
  known(scaling::kGemmKeys, "[gemm]\n", "\n");
  known(scaling::kPromotionKeys, "[gemm]\npromotion = { ", " }\n");
  known(scaling::kOverrideKeys, "[[override]]\n", "\n");
  EXPECT_THAT(refusal("none = 1"), HasSubstr("unknown key"));
}

TEST(ShippedRecipes, AreFoundByNameAndRead) {
  const std::vector<ShippedRecipe> recipes = shipped_recipes();
  EXPECT_GE(recipes.size(), 7U);
  for (const ShippedRecipe& recipe : recipes) {
    EXPECT_FALSE(recipe.about.empty()) << recipe.name;
    EXPECT_EQ(recipe_path(recipe.name), recipe.path);
    EXPECT_EQ(recipe_path(recipe.name + ".toml"), recipe.path);
    EXPECT_NO_THROW(scaling::read_recipe(recipe_path(recipe.name)));
    EXPECT_EQ(recipes_text(recipe.name).substr(0, 1), "#");
  }
  EXPECT_EQ(scaling::read_recipe(recipe_path("ocp-amax")), scaling::default_recipe());
  EXPECT_THAT(tests::refusal([] { recipe_path("ocp-amx"); }), HasSubstr("did you mean 'ocp-amax'?"));
  EXPECT_EQ(recipe_path("folder/none.toml"), "folder/none.toml");  // said to be a file: the reader says what is wrong
}

}  // namespace
}  // namespace octavo::experiments
