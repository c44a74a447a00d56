// Every key of a recipe, table by table: what the reader takes, and what docs/recipes.md is generated from.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace octavo::scaling {

struct RecipeKey {
  std::string_view name;
  std::string_view takes;  ///< what may stand after the = sign
  std::string_view usual;  ///< what holds where the key is not there
  std::string_view means;
};

/// What stands in place of a cast to leave a role in the baseline: weight = "none".
inline constexpr std::string_view kNoCast = "none";

inline constexpr int kMostPromotion = 1 << 20;

inline constexpr std::array kRootKeys{
    RecipeKey{"baseline", R"("fp32", "bf16", "fp16")", R"("fp32")", "the type of everything that is not cast"},
    RecipeKey{"overflow", R"("saturate", "propagate")", R"("saturate")",
              "what a cast makes of a value beyond the format's largest: that largest value, or its infinity (its NaN "
              "where it has no infinity); NaN always stays NaN"},
    RecipeKey{"seed", "0 to 2147483647", "0",
              "of stochastic rounding: the same seed, tensor, step and element draw the same"},
    RecipeKey{"cast", "the table `[cast]`", "no casts", "how each role is cast, in every linear layer"},
    RecipeKey{"gemm", "the table `[gemm]`", "the engine fp32", "how linear layers multiply"},
    RecipeKey{"override", "tables `[[override]]`", "none", "changes for some layers"}};

inline constexpr std::array kRoleKeys{
    RecipeKey{"weight", R"({ format = ..., scaling = ... } or "none")", R"("none")", "the matrix of a linear layer"},
    RecipeKey{"activation", R"({ format = ..., scaling = ... } or "none")", R"("none")", "its input"},
    RecipeKey{"gradient", R"({ format = ..., scaling = ... } or "none")", R"("none")",
              "the gradient of its output, in training"}};

inline constexpr std::array kCastKeys{
    RecipeKey{"format", "a format's name", "in [cast]: must be there",
              "what `octavo formats` lists, `e<E>m<M>` and the like, or a block format, which brings its scaling and "
              "granularity and stands alone; `\"none\"` leaves the role in the baseline"},
    RecipeKey{"scaling", "a scaling: \"amax\", or with settings { amax = { margin = 3 } }", "in [cast]: must be there",
              "how the scale is chosen"},
    RecipeKey{"granularity", R"("tensor", "row", "column", or "ROWSxCOLUMNS" such as "1x128")", "the scaling's own",
              "what one scale covers; rows and blocks run along K"},
    RecipeKey{"rounding", R"("nearest", "nearest-away", "toward-zero", "up", "down", "to-odd", "stochastic")",
              R"("nearest")", "how a scaled value becomes a code"}};

inline constexpr std::array kGemmKeys{
    RecipeKey{"engine", "an engine's name", R"("fp32")", "the arithmetic of products"},
    RecipeKey{"accumulator", R"("f32", "f16")", R"("f32")", "of tensor cores: the type of their sums"},
    RecipeKey{"promotion", "{ fprop = N, dgrad = N, wgrad = N }", "0 for each",
              "of tensor cores: elements of K between promotions of the sum to FP32, by product"}};

inline constexpr std::array kPromotionKeys{RecipeKey{"fprop", "0 to 1048576", "0", "y = x w^T; 0: never"},
                                           RecipeKey{"dgrad", "0 to 1048576", "0", "dx = dy w"},
                                           RecipeKey{"wgrad", "0 to 1048576", "0", "dw = dy^T x"}};

inline constexpr std::array kOverrideKeys{
    RecipeKey{"layers", "a pattern over names", "must be there",
              "which linear layers; * stands for any characters: \"decoder.*.mlp.down\""},
    RecipeKey{"weight", "as in [cast], or some of its keys", "unchanged", "what is said replaces what held before"},
    RecipeKey{"activation", "likewise", "unchanged", "likewise"},
    RecipeKey{"gradient", "likewise", "unchanged", "likewise"},
    RecipeKey{"gemm", "some keys of [gemm]", "unchanged", "likewise"}};

template <std::size_t count>
std::vector<std::string_view> names_of(const std::array<RecipeKey, count>& keys) {
  std::vector<std::string_view> names;
  for (const RecipeKey& key : keys) names.push_back(key.name);
  return names;
}

}  // namespace octavo::scaling
