// Recipes: what they say, how overrides merge, what is refused.
#include "scaling/recipe/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/refusal.h"
#include "tests/shared_data.h"

namespace octavo::scaling {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string error_of(std::string_view toml) {
  return tests::refusal([&] { parse_recipe(toml, "r.toml"); });
}

constexpr std::string_view kExample = R"(
baseline = "bf16"
[cast]
weight     = { format = "e4m3", scaling = "amax" }
activation = { format = "e4m3fnuz", scaling = { cscale = { bias = -1 } } }
gradient   = { format = "e5m2", scaling = { amax = { margin = 3 } } }
[gemm]
engine = "hopper-wgmma"
accumulator = "f16"
promotion = { fprop = 128, wgrad = 64 }
[[override]]
layers = "decoder.*.attention.out"
activation = { scaling = { cscale = { bias = 2 } } }
[[override]]
layers = "decoder.1.*"
activation = { format = "e5m2" }
weight = { format = "none" }
gemm = { engine = "fp32", accumulator = "f32", promotion = { fprop = 0, dgrad = 256 } }
)";

TEST(Recipe, ReadsEveryField) {
  const Recipe recipe = parse_recipe(kExample, "r.toml");
  EXPECT_EQ(recipe.baseline, Baseline::bf16);
  EXPECT_EQ(recipe.rule[Role::weight], (Cast{formats::e4m3, Amax{0}}));
  EXPECT_EQ(recipe.rule[Role::activation], (Cast{formats::e4m3fnuz, Cscale{-1}}));
  EXPECT_EQ(recipe.rule[Role::gradient], (Cast{formats::e5m2, Amax{3}}));
  EXPECT_EQ(recipe.rule.gemm, (Gemm{"hopper-wgmma", formats::Accumulator::f16, {128, 0, 64}}));
  EXPECT_EQ(recipe.overrides.size(), 2u);
}

TEST(Recipe, LeavesRolesAlone) {
  const Recipe recipe = parse_recipe(
      "[cast]\nweight = { format = \"E4M3\", scaling = \"amax\" }\nactivation = \"none\"\n"
      "[[override]]\nlayers = \"a\"\nweight = \"none\"",
      "r.toml");
  EXPECT_FALSE(recipe.rule[Role::activation]);
  EXPECT_EQ(recipe.resolve("b")[Role::weight], (Cast{formats::e4m3, Amax{}}));
  EXPECT_FALSE(recipe.resolve("a")[Role::weight]);
  EXPECT_EQ(parse_recipe(to_toml(recipe), "printed"), recipe);
}

TEST(Recipe, TakesBlockFormatsWithTheirScaling) {
  const Recipe recipe = parse_recipe("[cast]\nweight = { format = \"MXFP8-e4m3\" }", "r.toml");
  EXPECT_EQ(recipe.rule[Role::weight], cast_of(formats::mxfp8_e4m3));
  EXPECT_EQ(parse_recipe(to_toml(recipe), "printed"), recipe);
  EXPECT_EQ(error_of("[cast]\nweight = { format = \"nvfp4\", scaling = \"amax\" }"),
            "r.toml:2: format nvfp4 brings its scaling and granularity; leave those out, or name its element e2m1");
}

TEST(Recipe, ReadsEveryScaling) {
  const auto cast = [](const std::string& fields) {
    return *parse_recipe("[cast]\nweight = { format = \"e4m3\", " + fields + " }", "r.toml").rule[Role::weight];
  };
  EXPECT_EQ(cast("scaling = \"current\""), (Cast{formats::e4m3, Current{}}));
  EXPECT_EQ(cast("scaling = { current = { pow2 = true } }, granularity = \"128x128\""),
            (Cast{formats::e4m3, Current{true}, block(128, 128)}));
  EXPECT_EQ(cast("scaling = { delayed = { history = 16, algorithm = \"most_recent\", margin = 1 } }"),
            (Cast{formats::e4m3, Delayed{16, AmaxAlgorithm::most_recent, 1}}));
  EXPECT_EQ(cast("scaling = { delayed = {} }"), (Cast{formats::e4m3, Delayed{}}));
  EXPECT_EQ(cast("scaling = { fp8-lm = { window = 1 } }"), (Cast{formats::e4m3, Fp8Lm{1}}));
  EXPECT_EQ(cast("scaling = \"mse\""), (Cast{formats::e4m3, LeastError{}}));
  EXPECT_EQ(cast("scaling = { percentile = { percent = 99 } }"), (Cast{formats::e4m3, Percentile{99.0}}));
  EXPECT_EQ(cast("scaling = { percentile = { percent = 99.5 } }"), (Cast{formats::e4m3, Percentile{99.5}}));
  EXPECT_EQ(cast("scaling = { entropy = {} }, granularity = \"row\""), (Cast{formats::e4m3, Entropy{}, kRow}));
  EXPECT_EQ(cast("scaling = \"unit\", granularity = \"tensor\""), (Cast{formats::e4m3, Unit{}}));
  EXPECT_EQ(cast("scaling = \"mx\""), (Cast{formats::e4m3, Mx{}, block(1, 32)}));
  EXPECT_EQ(cast("scaling = { mx = { rounding = \"rceil\" } }"),
            (Cast{formats::e4m3, Mx{MxRounding::rceil}, block(1, 32)}));
  EXPECT_EQ(cast("scaling = \"nvfp4\""), (Cast{formats::e4m3, Nvfp4{}, block(1, 16)}));
}

TEST(Recipe, ReadsRoundingsAndTheirSeed) {
  const Recipe recipe = parse_recipe(R"(seed = 7
[cast]
weight     = { format = "e4m3", scaling = "amax" }
gradient   = { format = "e2m1", scaling = "nvfp4", rounding = "stochastic" }
[[override]]
layers = "*.down"
weight   = { rounding = "toward-zero" }
gradient = { rounding = "nearest" })",
                                     "r.toml");
  EXPECT_EQ(recipe.seed, 7u);
  const auto rounding = [&](const char* layer, Role role) { return recipe.resolve(layer)[role]->rounding; };
  EXPECT_EQ(rounding("decoder.0.mlp.up", Role::weight), formats::Rounding::nearest_even);
  EXPECT_EQ(rounding("decoder.0.mlp.up", Role::gradient), formats::Rounding::stochastic);
  EXPECT_EQ(rounding("decoder.0.mlp.down", Role::weight), formats::Rounding::toward_zero);
  EXPECT_EQ(rounding("decoder.0.mlp.down", Role::gradient), formats::Rounding::nearest_even);
  EXPECT_EQ(parse_recipe(to_toml(recipe), "printed"), recipe);
  EXPECT_THAT(error_of("[cast]\nweight = { format = \"e4m3\", scaling = \"amax\", rounding = \"random\" }"),
              AllOf(HasSubstr("unknown rounding 'random'"), HasSubstr("stochastic")));
}

TEST(Recipe, ReadsWhenHistoriesAdvance) {
  const Recipe recipe = parse_recipe(R"([cast]
activation = { format = "e4m3", scaling = { delayed = { history = 16, advance = "micro-batch" } } })",
                                     "r.toml");
  EXPECT_EQ(std::get<Delayed>(recipe.rule[Role::activation]->scaling).advances, Advance::micro_batch);
  EXPECT_EQ(parse_recipe(to_toml(recipe), "printed"), recipe);
}

TEST(Recipe, MergesGranularities) {
  const Recipe recipe = parse_recipe(R"(
[cast]
weight = { format = "e4m3", scaling = "current", granularity = "row" }
[[override]]
layers = "*.q"
weight = { granularity = "1x128" }
[[override]]
layers = "*.k"
weight = { scaling = "mx" }
[[override]]
layers = "*.v"
weight = { scaling = "delayed" }
[[override]]
layers = "*.out"
weight = { scaling = "delayed" }
[[override]]
layers = "*.out"
weight = { granularity = "row" }
)",
                                     "r.toml");
  EXPECT_EQ(recipe.resolve("a.q")[Role::weight], (Cast{formats::e4m3, Current{}, block(1, 128)}));
  EXPECT_EQ(recipe.resolve("a.k")[Role::weight], (Cast{formats::e4m3, Mx{}, block(1, 32)}));
  EXPECT_EQ(recipe.resolve("a.v")[Role::weight], (Cast{formats::e4m3, Delayed{}, kTensor}));
  EXPECT_EQ(
      tests::refusal([&] { recipe.resolve("a.out"); }),
      "recipe: weight of a.out: delayed and fp8-lm keep the history of a whole tensor; leave out granularity row");
  EXPECT_EQ(parse_recipe(to_toml(recipe), "again"), recipe);
}

TEST(Recipe, PrintsEveryScalingSoThatItReadsBack) {
  for (const Policy& policy : std::initializer_list<Policy>{
           Amax{2}, Cscale{-3}, Current{true}, Delayed{4, AmaxAlgorithm::most_recent, 1}, Fp8Lm{3, 2}, LeastError{},
           Percentile{99.0}, Percentile{99.95}, Entropy{}, Unit{}, Mx{MxRounding::rceil}, Nvfp4{}})
    for (const Granularity& granularity : {kTensor, kRow, block(1, 64)}) {
      if (has_history(policy) && !granularity.is_tensor()) continue;
      Recipe recipe;
      recipe.rule.casts[1] = Cast{formats::e4m3, policy, granularity};
      EXPECT_EQ(parse_recipe(to_toml(recipe), "again"), recipe) << to_toml(recipe);
      EXPECT_EQ(to_toml(parse_recipe(to_toml(recipe), "again")), to_toml(recipe));
    }
}

TEST(Recipe, MergesOverridesFieldByField) {
  const Recipe recipe = parse_recipe(kExample, "r.toml");
  EXPECT_EQ(recipe.resolve("decoder.0.mlp.up"), recipe.rule);
  EXPECT_EQ(recipe.resolve("decoder.0.attention.out")[Role::activation], (Cast{formats::e4m3fnuz, Cscale{2}}));
  const LinearRule both = recipe.resolve("decoder.1.attention.out");
  EXPECT_EQ(both[Role::activation], (Cast{formats::e5m2, Cscale{2}}));
  EXPECT_FALSE(both[Role::weight].has_value());
  EXPECT_EQ(both.gemm, (Gemm{"fp32", formats::Accumulator::f32, {0, 256, 64}}));
}

TEST(Recipe, PrintsWhatItReads) {
  const Recipe recipe = parse_recipe(kExample, "r.toml");
  EXPECT_EQ(parse_recipe(to_toml(recipe), "again"), recipe);
  EXPECT_EQ(to_toml(parse_recipe(to_toml(recipe), "again")), to_toml(recipe));
}

TEST(Recipe, TheDefaultIsTheShippedFile) {
  EXPECT_EQ(read_recipe(std::string(OCTAVO_SOURCE) + "/recipes/ocp-amax.toml"), default_recipe());
}

TEST(Recipe, EveryShippedRecipeReads) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(OCTAVO_SOURCE) + "/recipes")) {
    EXPECT_NO_THROW(read_recipe(entry.path())) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 2);
}

/// A recipe that casts weights as the table's fields say.
std::string weight(const std::string& fields) { return "[cast]\nweight = { " + fields + " }"; }

TEST(Recipe, RefusesUnknownWordsWithTheNearest) {
  EXPECT_EQ(error_of("basline = \"fp32\""), "r.toml:1: unknown key 'basline'; did you mean 'baseline'?");
  EXPECT_EQ(error_of("\n[cast]\nwieght = { format = \"e4m3\", scaling = \"amax\" }"),
            "r.toml:3: unknown key 'wieght'; did you mean 'weight'?");
  EXPECT_EQ(error_of("[gemm]\npromotion = { dprop = 1 }"), "r.toml:2: unknown key 'dprop'; did you mean 'fprop'?");
  EXPECT_EQ(error_of(weight("format = \"e4m3\", scaling = { amax = { marjin = 3 } }")),
            "r.toml:2: unknown key 'marjin'; did you mean 'margin'?");
  EXPECT_EQ(error_of(weight("format = \"e4m33\", scaling = \"amax\"")),
            "r.toml:2: unknown format 'e4m33'; did you mean 'e4m3'? The general form is "
            "e<1..8>m<0..10>[b<bias>][fn|fnuz|ieee|none|nuz]");
  for (const char* scaling : {"\"amox\"", "{ amox = {} }"})
    EXPECT_EQ(error_of(weight(std::string("format = \"e4m3\", scaling = ") + scaling)),
              "r.toml:2: unknown scaling 'amox'; did you mean 'amax'?");
  EXPECT_EQ(error_of(weight("format = \"e4m3\", scaling = \"static\"")),
            "r.toml:2: unknown scaling 'static'; scalings: amax, cscale, current, delayed, fp8-lm, mse, percentile, "
            "entropy, unit, mx, nvfp4");
  EXPECT_EQ(error_of("[cast]\nweight = \"e4m3\""),
            "r.toml:2: weight must be \"none\" or a table: { format = ..., scaling = ... }");
  EXPECT_EQ(error_of("baseline = \"fp8\""), "r.toml:1: unknown baseline 'fp8'; give fp32, bf16 or fp16");
  EXPECT_EQ(error_of("[gemm]\naccumulator = \"f64\""), "r.toml:2: unknown accumulator 'f64'; give f32 or f16");
  EXPECT_EQ(error_of(weight("format = \"e4m3\", scaling = { delayed = { algorithm = \"min\" } }")),
            "r.toml:2: unknown algorithm 'min'; give max or most_recent");
  EXPECT_EQ(error_of(weight("format = \"e4m3\", scaling = \"amax\", granularity = \"1by2\"")),
            "r.toml:2: weight: granularity '1by2': give tensor, row, column or ROWSxCOLUMNS such as 1x128");
}

TEST(Recipe, RefusesNumbersOutOfTheirRange) {
  EXPECT_EQ(error_of(weight("format = \"e4m3\", scaling = { cscale = { bias = 128 } }")),
            "r.toml:2: bias is 128; give -127 to 127");
  EXPECT_EQ(error_of(weight("format = \"e4m3\", scaling = { delayed = { history = 0 } }")),
            "r.toml:2: history is 0; give 1 to 1048576");
  EXPECT_EQ(error_of(weight("format = \"e4m3\", scaling = { percentile = { percent = 100.5 } }")),
            "r.toml:2: percent is 100.5; give 0.01 to 100");
  EXPECT_EQ(error_of("[gemm]\npromotion = { fprop = -1 }"), "r.toml:2: fprop is -1; give 0 to 1048576");
}

TEST(Recipe, RefusesValuesOfAnotherKind) {
  EXPECT_EQ(error_of(weight("format = \"e4m3\", scaling = { cscale = { bias = 1.5 } }")),
            "r.toml:2: bias must be an integer");
  EXPECT_EQ(error_of(weight("format = \"e4m3\", scaling = { current = { pow2 = 1 } }")),
            "r.toml:2: pow2 must be true or false");
  EXPECT_EQ(error_of(weight("format = \"e4m3\", scaling = { percentile = { percent = \"x\" } }")),
            "r.toml:2: percent must be a number");
  EXPECT_EQ(error_of("baseline = 3"), "r.toml:1: baseline must be a string");
  EXPECT_EQ(error_of("cast = 1"), "r.toml:1: cast must be a table");
  EXPECT_EQ(error_of("override = 3"), "r.toml:1: override must be an array of tables: [[override]]");
  EXPECT_THAT(error_of("baseline = "), testing::StartsWith("r.toml:1: not TOML: "));
}

TEST(Recipe, RefusesWhatIsIncompleteOrDoesNotGoTogether) {
  EXPECT_EQ(error_of(weight("format = \"e4m3\", scaling = { cscale = {} }")), "r.toml:2: cscale needs a bias");
  EXPECT_EQ(error_of(weight("format = \"e4m3\"")), "r.toml:1: weight needs a format and a scaling");
  EXPECT_EQ(error_of(weight("format = \"e4m3\", scaling = {}")), "r.toml:2: scaling must name one policy");
  EXPECT_EQ(error_of(weight("format = \"e4m3\", scaling = { entropy = { bins = 3 } }")),
            "r.toml:2: this scaling takes no settings");
  EXPECT_EQ(error_of(weight("format = \"fp16\", scaling = \"amax\"")),
            "r.toml:2: format fp16 has more than 8 bits; casts take at most 8");
  EXPECT_EQ(error_of(weight("format = \"e8m0\", scaling = \"amax\"")),
            "r.toml:2: format e8m0 holds scales, not tensors; try e4m3");
  EXPECT_EQ(error_of(weight("format = \"e4m3\", scaling = \"delayed\", granularity = \"row\"")),
            "r.toml:2: weight: delayed and fp8-lm keep the history of a whole tensor; leave out granularity row");
  EXPECT_EQ(error_of("[[override]]\nweight = { format = \"none\" }"),
            "r.toml:1: an override needs layers = \"pattern\", for example \"decoder.*.mlp.down\"");
}

TEST(Recipe, RefusesInOneLineWhateverTheFileSays) {
  for (const char* toml :
       {"\"a\\nb\" = 1", "[                \n cast]", "baseline = \"fp\\r\\n8\"", "baseline = \"x\ny\""})
    EXPECT_THAT(error_of(toml), AllOf(HasSubstr("r.toml:"), testing::Not(testing::ContainsRegex("[\r\n]")))) << toml;
}

TEST(Recipe, TakesCharactersBeyondAsciiInCommentLinesOnly) {
  EXPECT_EQ(parse_recipe("\xEF\xBB\xBF  # gr\xC3\xB6\xC3\x9F"
                         "er\nbaseline = \"bf16\"",
                         "r.toml")
                .baseline,
            Baseline::bf16);
  EXPECT_THAT(error_of("# a\nc\xEF\xBB\xBB = 1"), HasSubstr("r.toml:2: a character beyond ASCII"));
  EXPECT_THAT(error_of("baseline = \"\xC3\xB6\" # b"), HasSubstr("r.toml:1: a character beyond ASCII"));
}

TEST(Recipe, PrintsEscapedCharactersSoThatTheyReadBack) {
  const Recipe recipe = parse_recipe(R"([gemm]
engine = "\u00e9\U0001F600\u0007\"\\"
[[override]]
layers = "'\u212a*")",
                                     "r.toml");
  EXPECT_EQ(recipe.rule.gemm.engine, "\xC3\xA9\xF0\x9F\x98\x80\x07\"\\");
  EXPECT_EQ(parse_recipe(to_toml(recipe), "again"), recipe) << to_toml(recipe);
}

TEST(Recipe, RefusesAnOverrideThatLeavesHalfACast) {
  const Recipe recipe = parse_recipe("[[override]]\nlayers = \"*\"\nweight = { format = \"e4m3\" }", "r.toml");
  EXPECT_EQ(tests::refusal([&] { recipe.resolve("decoder.0.mlp.up"); }),
            "recipe: weight of decoder.0.mlp.up has a format but no scaling; give both, in [cast] or in the override");
}

TEST(Recipe, RefusesFilesThatAreNone) {
  for (const std::filesystem::path& path :
       {std::filesystem::path("does-not-exist.toml"), std::filesystem::temp_directory_path()})
    EXPECT_EQ(tests::refusal([&] { read_recipe(path); }),
              "recipe " + path.string() + ": no such file; octavo recipes lists the shipped ones");
}

TEST(Wildcard, MatchesWholeNames) {
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("decoder.*.mlp.*", "decoder.12.mlp.up"));
  EXPECT_TRUE(matches("*.q", "decoder.0.attention.q"));
  EXPECT_TRUE(matches("a*b*c", "aXbYbZc"));
  EXPECT_FALSE(matches("decoder.1.*", "decoder.11.mlp.up"));
  EXPECT_FALSE(matches("*.q", "decoder.0.attention.qkv"));
  EXPECT_FALSE(matches("", "x"));
}

}  // namespace
}  // namespace octavo::scaling
