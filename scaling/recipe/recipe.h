// A recipe: which tensor of which linear layer goes into which format under which scaling, on which engine.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "formats/accumulator.h"
#include "formats/spec.h"
#include "scaling/cast.h"

namespace octavo::scaling {

enum class Role : std::uint8_t { weight, activation, gradient };
inline constexpr std::size_t kRoleCount = 3;
std::string_view name(Role role);

/// The type of everything that is not cast to 8 bits.
enum class Baseline : std::uint8_t { fp32, bf16, fp16 };
inline constexpr std::size_t kBaselineCount = 3;
std::string_view name(Baseline baseline);

/// The products of a linear layer: y = x w^T, dx = dy w, dw = dy^T x.
enum class LinearProduct : std::uint8_t { fprop, dgrad, wgrad };
inline constexpr std::size_t kLinearProductCount = 3;
std::string_view name(LinearProduct product);

/// How products are computed; the engine's name is one of sim/gemm/catalog/engines.h. The accumulator and the promotion
/// intervals (K elements between promotions to FP32, 0 = never) are for tensor cores only.
struct Gemm {
  std::string engine = "fp32";
  formats::Accumulator accumulator = formats::Accumulator::f32;
  std::array<int, kLinearProductCount> promotion{};  ///< by LinearProduct
  auto operator<=>(const Gemm&) const = default;
};

/// What holds for one linear layer. A role without a cast stays in the baseline type.
struct LinearRule {
  std::array<std::optional<Cast>, kRoleCount> casts;  ///< by Role
  Gemm gemm;

  const std::optional<Cast>& operator[](Role role) const { return casts[static_cast<std::size_t>(role)]; }
  bool operator==(const LinearRule&) const = default;
};

/// A change to the rule of some layers: the fields that are set replace those before.
struct Override {
  /// `none` leaves the role in the baseline; a field on its own keeps the others. A scaling without a granularity
  /// brings its usual one.
  struct CastChange {
    bool none = false;
    std::optional<formats::Spec> format;
    std::optional<Policy> scaling;
    std::optional<Granularity> granularity;
    std::optional<formats::Rounding> rounding;
    bool operator==(const CastChange&) const = default;
  };

  std::string layers = "*";  ///< wildcard over names such as decoder.3.attention.q; * matches any characters
  std::array<CastChange, kRoleCount> casts;

  struct GemmChange {
    std::optional<std::string> engine;
    std::optional<formats::Accumulator> accumulator;
    std::array<std::optional<int>, kLinearProductCount> promotion;  ///< by LinearProduct
    bool operator==(const GemmChange&) const = default;
  };
  GemmChange gemm;

  CastChange& operator[](Role role) { return casts[static_cast<std::size_t>(role)]; }
  const CastChange& operator[](Role role) const { return casts[static_cast<std::size_t>(role)]; }
  bool operator==(const Override&) const = default;
};

struct Recipe {
  Baseline baseline = Baseline::fp32;
  /// What casts do beyond a format's largest value; TOML says "saturate" or "propagate".
  formats::Overflow overflow = formats::Overflow::saturate;
  /// Of stochastic rounding, in which it is the same draw for the same seed, tensor, step and element.
  std::uint64_t seed = 0;
  LinearRule rule;                  ///< of every linear layer, before the overrides
  std::vector<Override> overrides;  ///< merged field by field; the last match wins

  bool operator==(const Recipe&) const = default;

  /// The rule of the linear layer called `layer`. Throws Error if an override leaves a cast with a format but no
  /// scaling or the other way round, or a scaling with a granularity that it cannot have.
  LinearRule resolve(std::string_view layer) const;
};

/// * matches any run of characters, everything else itself; the whole name must match.
bool matches(std::string_view pattern, std::string_view name);

/// What holds without a recipe: OCP E4M3 weights and activations, E5M2 gradients, FP8-AMAX, fp32 products.
/// recipes/ocp-amax.toml says the same.
Recipe default_recipe();

/// No casts: everything in `baseline`.
Recipe uncast(Baseline baseline);

/// Reads a recipe. Throws Error with file, line and the known words near on anything it does not know, and on a
/// setting outside its range (policy_fields.h).
Recipe read_recipe(const std::filesystem::path& path);
Recipe parse_recipe(std::string_view toml, const std::string& where);

/// Canonical TOML: equal recipes print equally, and parse_recipe gives the recipe back.
std::string to_toml(const Recipe& recipe);

}  // namespace octavo::scaling
