// Recipes out of TOML.
#include <fmt/ranges.h>

#include <limits>
#include <optional>

#include "formats/block.h"
#include "formats/catalog.h"
#include "formats/rounding_names.h"
#include "messages/error.h"
#include "messages/toml_document.h"
#include "messages/toml_entries.h"
#include "scaling/recipe/policy_text.h"
#include "scaling/recipe/policy_toml.h"
#include "scaling/recipe/recipe.h"
#include "scaling/recipe/recipe_keys.h"

namespace octavo::scaling {
namespace {

class RecipeReader {
 public:
  explicit RecipeReader(const messages::TomlDocument& document) : document_(document) {}

  Override::CastChange cast(const toml::node& node, std::string_view role) const {
    Override::CastChange change;
    if (node.is_string()) {
      change.none = node.as_string()->get() == kNoCast;
      if (!change.none)
        document_.fail(node,
                       fmt::format("{} must be \"{}\" or a table: {{ format = ..., scaling = ... }}", role, kNoCast));
      return change;
    }
    const toml::table& settings = document_.table(node, role);
    document_.check_keys(settings, names_of(kCastKeys));
    if (const toml::node* format = settings.get("format")) {
      const std::string word = document_.text(*format, "format");
      if (word == kNoCast) {
        change.none = true;
        if (settings.size() > 1) document_.fail(node, "format \"none\" takes no scaling");
        return change;
      }
      if (const formats::BlockCatalogEntry* block = formats::find_block_format(word)) {
        if (settings.contains("scaling") || settings.contains("granularity"))
          document_.fail(*format, fmt::format("format {} brings its scaling and granularity; leave those out, or name "
                                              "its element {}",
                                              block->name, formats::name(block->format.element)));
        const Cast cast = cast_of(block->format);
        change.format = cast.format;
        change.scaling = cast.scaling;
        change.granularity = cast.granularity;
      } else {
        change.format = plain_format(*format, word);
      }
    }
    if (const toml::node* policy = settings.get("scaling")) change.scaling = read_policy(document_, *policy);
    if (const toml::node* granularity = settings.get("granularity")) {
      try {
        change.granularity = parse_granularity(document_.text(*granularity, "granularity"), role);
        if (change.scaling) check({*change.scaling, *change.granularity}, role);
      } catch (const Error& error) {
        document_.fail(*granularity, error.what());
      }
    }
    if (const toml::node* rounding = settings.get("rounding")) {
      const std::string word = document_.text(*rounding, "rounding");
      change.rounding = formats::rounding_named(word);
      if (!change.rounding)
        document_.fail(*rounding,
                       fmt::format("unknown rounding '{}'; give {}", word, fmt::join(formats::kRoundings, ", ")));
    }
    return change;
  }

  formats::Spec plain_format(const toml::node& node, const std::string& word) const {
    formats::Spec format;
    try {
      format = formats::spec(word);
    } catch (const Error& error) {
      document_.fail(node, error.what());
    }
    if (format.bits() > 8)
      document_.fail(node, fmt::format("format {} has more than 8 bits; casts take at most 8", word));
    if (!format.has_sign || !format.has_zero)
      document_.fail(node, fmt::format("format {} holds scales, not tensors; try e4m3", word));
    return format;
  }

  void roles(const toml::table& from, std::array<Override::CastChange, kRoleCount>& casts) const {
    for (std::size_t role = 0; role < kRoleCount; ++role) {
      const std::string_view role_name = name(static_cast<Role>(role));
      if (const toml::node* node = from.get(role_name)) casts[role] = cast(*node, role_name);
    }
  }

  Override::GemmChange gemm(const toml::table& from) const {
    Override::GemmChange change;
    const toml::node* node = from.get("gemm");
    if (node == nullptr) return change;
    const toml::table& settings = document_.table(*node, "gemm");
    document_.check_keys(settings, names_of(kGemmKeys));
    if (const toml::node* engine = settings.get("engine")) change.engine = document_.text(*engine, "engine");
    if (const toml::node* accumulator = settings.get("accumulator")) {
      const std::string word = document_.text(*accumulator, "accumulator");
      if (word != "f32" && word != "f16")
        document_.fail(*accumulator, fmt::format("unknown accumulator '{}'; give f32 or f16", word));
      change.accumulator = word == "f16" ? formats::Accumulator::f16 : formats::Accumulator::f32;
    }
    if (const toml::node* promotion = settings.get("promotion")) {
      const toml::table& intervals = document_.table(*promotion, "promotion");
      document_.check_keys(intervals, names_of(kPromotionKeys));
      for (std::size_t product = 0; product < kLinearProductCount; ++product) {
        const std::string_view product_name = name(static_cast<LinearProduct>(product));
        if (const toml::node* interval = intervals.get(product_name))
          change.promotion[product] = document_.integer(*interval, product_name, 0, kMostPromotion);
      }
    }
    return change;
  }

  Recipe recipe() const {
    const toml::table& root = document_.root();
    document_.check_keys(root, names_of(kRootKeys));
    Recipe result;
    if (const toml::node* baseline = root.get("baseline")) {
      const std::string word = document_.text(*baseline, "baseline");
      std::size_t index = 0;
      while (index < kBaselineCount && name(static_cast<Baseline>(index)) != word) ++index;
      if (index == kBaselineCount)
        document_.fail(*baseline, fmt::format("unknown baseline '{}'; give fp32, bf16 or fp16", word));
      result.baseline = static_cast<Baseline>(index);
    }
    if (const toml::node* overflow = root.get("overflow")) {
      const std::string word = document_.text(*overflow, "overflow");
      if (word != "saturate" && word != "propagate")
        document_.fail(*overflow, fmt::format("unknown overflow '{}'; give saturate or propagate", word));
      result.overflow = word == "propagate" ? formats::Overflow::special : formats::Overflow::saturate;
    }
    if (const toml::node* seed = root.get("seed"))
      result.seed = static_cast<std::uint64_t>(document_.integer(*seed, "seed", 0, std::numeric_limits<int>::max()));
    if (const toml::node* casts = root.get("cast")) {
      const toml::table& settings = document_.table(*casts, "cast");
      document_.check_keys(settings, names_of(kRoleKeys));
      std::array<Override::CastChange, kRoleCount> changes;
      roles(settings, changes);
      for (std::size_t role = 0; role < kRoleCount; ++role) {
        const Override::CastChange& change = changes[role];
        if (change.format.has_value() != change.scaling.has_value())
          document_.fail(*casts, fmt::format("{} needs a format and a scaling", name(static_cast<Role>(role))));
        if (change.format)
          result.rule.casts[role] =
              Cast{*change.format, *change.scaling, change.granularity.value_or(usual_granularity(*change.scaling)),
                   formats::Overflow::saturate, change.rounding.value_or(formats::Rounding::nearest_even)};
        else if (change.granularity || change.rounding)
          document_.fail(*casts, fmt::format("{} needs a format and a scaling", name(static_cast<Role>(role))));
      }
    }
    const Override::GemmChange products = gemm(root);
    result.rule.gemm.engine = products.engine.value_or(result.rule.gemm.engine);
    result.rule.gemm.accumulator = products.accumulator.value_or(result.rule.gemm.accumulator);
    for (std::size_t product = 0; product < kLinearProductCount; ++product)
      result.rule.gemm.promotion[product] = products.promotion[product].value_or(0);
    if (const toml::node* overrides = root.get("override")) {
      if (!overrides->is_array()) document_.fail(*overrides, "override must be an array of tables: [[override]]");
      for (const toml::node& node : *overrides->as_array()) result.overrides.push_back(override_of(node));
    }
    return result;
  }

 private:
  Override override_of(const toml::node& node) const {
    const toml::table& settings = document_.table(node, "override");
    document_.check_keys(settings, names_of(kOverrideKeys));
    Override change;
    const toml::node* layers = settings.get("layers");
    if (layers == nullptr)
      document_.fail(node, "an override needs layers = \"pattern\", for example \"decoder.*.mlp.down\"");
    change.layers = document_.text(*layers, "layers");
    roles(settings, change.casts);
    change.gemm = gemm(settings);
    return change;
  }

  const messages::TomlDocument& document_;
};

}  // namespace

Recipe parse_recipe(std::string_view toml, const std::string& where) {
  const messages::TomlDocument document(toml, where);
  return RecipeReader(document).recipe();
}

Recipe read_recipe(const std::filesystem::path& path) {
  return parse_recipe(messages::read_toml_text(path, "recipe"), path.string());
}

}  // namespace octavo::scaling
