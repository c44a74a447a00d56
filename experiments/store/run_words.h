// What runs and their tables say in words: policies, scopes, roles, stages.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>

#include "experiments/store/words.h"
#include "scaling/recipe/recipe.h"

namespace octavo::experiments::store {

/// In the place of a bias where there is none.
inline constexpr std::int32_t kNoBias = std::numeric_limits<std::int32_t>::min();

/// What a run does about scales.
enum class Policy : std::uint8_t {
  baseline,  ///< no casts
  amax,      ///< the scale that the largest value calls for
  cscale,    ///< a constant bias
  recipe,    ///< what the recipe says
  quantize,  ///< what octavo quantize was told
};
template <>
inline constexpr std::array<std::string_view, 5> kWords<Policy>{"baseline", "amax", "cscale", "recipe", "quantize"};

/// What takes the bias under test at a time.
enum class Scope : std::uint8_t { model, kind, layer };
template <>
inline constexpr std::array<std::string_view, 3> kWords<Scope>{"model", "kind", "layer"};

/// The tensors that take it.
enum class Tested : std::uint8_t { weight, activation, both };
template <>
inline constexpr std::array<std::string_view, 3> kWords<Tested>{"weight", "activation", "both"};

/// Whether what is judged is as good as its reference, noise allowed for (experiments/evaluation/verdict.h).
enum class Verdict : std::uint8_t { holds, fails, undecided };
template <>
inline constexpr std::array<std::string_view, 3> kWords<Verdict>{"holds", "fails", "undecided"};

/// What it is judged by.
enum class Criterion : std::uint8_t { loss, accuracy };
template <>
inline constexpr std::array<std::string_view, 2> kWords<Criterion>{"loss", "accuracy"};

/// What the points of a sweep are held against.
enum class Reference : std::uint8_t { baseline, amax };
template <>
inline constexpr std::array<std::string_view, 2> kWords<Reference>{"baseline", "amax"};

/// What a study does with a model before it is measured.
enum class Stage : std::uint8_t { inference, fine_tuning, training };
template <>
inline constexpr std::array<std::string_view, 3> kWords<Stage>{"inference", "fine-tuning", "training"};

/// The tensors that have a margin; the others' is 0.
enum class MarginOf : std::uint8_t { gradient, all };
template <>
inline constexpr std::array<std::string_view, 2> kWords<MarginOf>{"gradient", "all"};

template <>
inline const std::array<std::string_view, scaling::kRoleCount> kWords<scaling::Role>{
    name(scaling::Role::weight), name(scaling::Role::activation), name(scaling::Role::gradient)};

template <>
inline const std::array<std::string_view, scaling::kLinearProductCount> kWords<scaling::LinearProduct>{
    name(scaling::LinearProduct::fprop), name(scaling::LinearProduct::dgrad), name(scaling::LinearProduct::wgrad)};

template <>
inline const std::array<std::string_view, scaling::kBaselineCount> kWords<scaling::Baseline>{
    name(scaling::Baseline::fp32), name(scaling::Baseline::bf16), name(scaling::Baseline::fp16)};

}  // namespace octavo::experiments::store
