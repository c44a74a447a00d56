// Keys, scalings, formats and engines as Markdown.
#include "experiments/recipes/recipe_document.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "formats/block.h"
#include "formats/catalog.h"
#include "scaling/recipe/policy_fields.h"
#include "scaling/recipe/policy_text.h"
#include "scaling/recipe/recipe.h"
#include "scaling/recipe/recipe_keys.h"
#include "sim/gemm/catalog/engines.h"

namespace octavo::experiments {
namespace {

/// A cell: a bar within would end it.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

/// Words of a recipe in backticks, unless they hold some themselves or are plain words.
std::string code(std::string_view text) {
  const bool plain =
      text.find_first_of("\"{") == text.npos || text.find('`') != text.npos || text.find(": ") != text.npos;
  return plain ? cell(text) : fmt::format("`{}`", cell(text));
}

template <std::size_t count>
std::string keys_table(const std::array<scaling::RecipeKey, count>& keys) {
  std::string out = "| key | takes | without it | means |\n|---|---|---|---|\n";
  for (const scaling::RecipeKey& key : keys)
    out += fmt::format("| `{}` | {} | {} | {} |\n", key.name, code(key.takes), code(key.usual), cell(key.means));
  return out;
}

/// Name, range and default of each setting of a policy.
class SettingsText {
 public:
  template <class T>
  void operator()(std::string_view name, const T& usual, const scaling::Range<T>& range) {
    add(name, fmt::format("{} to {}", range.low, range.high), fmt::format("{}", usual));
  }
  void operator()(std::string_view name, const bool& usual, std::nullptr_t) {
    add(name, "true, false", fmt::format("{}", usual));
  }
  template <class T, std::size_t count>
  void operator()(std::string_view name, const T& usual, const scaling::Words<count>& words) {
    add(name, fmt::format("\"{}\"", fmt::join(words, "\", \"")),
        fmt::format("\"{}\"", words[static_cast<std::size_t>(usual)]));
  }

  std::string text(bool needed) const {
    if (settings_.empty()) return "none";
    return fmt::format("{}{}", fmt::join(settings_, "; "), needed ? "; must be said" : "");
  }

 private:
  void add(std::string_view name, const std::string& range, const std::string& usual) {
    settings_.push_back(fmt::format("`{}`: {} (usually {})", name, range, usual));
  }
  std::vector<std::string> settings_;
};

std::string scalings_table() {
  std::string out = "| scaling | does | settings | usual granularity |\n|---|---|---|---|\n";
  scaling::for_each_policy([&]<class P>(const P& policy) {
    SettingsText settings;
    scaling::visit_fields(policy, settings);
    out += fmt::format("| `{}` | {} | {} | {} |\n", scaling::policy_name(policy), cell(scaling::policy_about(policy)),
                       cell(settings.text(scaling::needs_settings<P>)),
                       scaling::to_text(scaling::usual_granularity(policy)));
  });
  return out;
}

/// The forms in lines.
std::string printed_forms() {
  std::string forms(scaling::scaling_forms());
  for (std::size_t at = forms.find(", "); at != forms.npos; at = forms.find(", ", at + 4)) {
    const bool form = forms.compare(at, 7, ", @row,") != 0 && forms.compare(at, 7, ", @colu") != 0;
    if (form) forms.replace(at, 2, "\n    ");
  }
  return forms;
}

template <class Names>
std::string in_code(const Names& names) {
  return fmt::format("`{}`", fmt::join(names, "`, `"));
}

}  // namespace

std::string recipe_document() {
  std::vector<std::string_view> plain, blocks;
  for (const formats::CatalogEntry& entry : formats::catalog())
    if (entry.spec.has_sign && entry.spec.has_zero && entry.spec.bits() <= 8) plain.push_back(entry.name);
  for (const formats::BlockCatalogEntry& entry : formats::block_catalog()) blocks.push_back(entry.name);
  std::string out =
      "# Recipes\n\n"
      "A recipe is a TOML file that says which tensor of which linear layer goes into which format under which "
      "scaling, and on "
      "which engine products are computed. `--recipe` takes a file, or the name of a shipped recipe (`octavo recipes` "
      "lists "
      "them, `octavo recipes ocp-amax` prints one). A key that is not known is refused, with its line and what it may "
      "have "
      "meant.\n\n"
      "This page is written by `octavo recipes --document` from the lists that the reader itself uses; a test holds "
      "the two "
      "together.\n\n";
  out += "## At the top\n\n" + keys_table(scaling::kRootKeys);
  out += "\n## `[cast]`: what each role goes into\n\n" + keys_table(scaling::kRoleKeys) + "\nA cast is a table of\n\n" +
         keys_table(scaling::kCastKeys);
  out += fmt::format(
      "\nFormats with a name: {}. Any other by its form (`e4m3b8`, `int6`): `octavo formats`. Upper and lower case, "
      "and the "
      "spellings of other libraries (`float8_e4m3fn`, `fp8_e5m2`), make no difference. Block formats: {}.\n",
      in_code(plain), in_code(blocks));
  out +=
      "\n## Scalings\n\n"
      "`scaling = \"amax\"`, or with settings `scaling = { amax = { margin = 3 } }`. x8 = cast(x * scale); max is the "
      "format's largest value, amax the largest magnitude of what one scale covers. `delayed` and `fp8-lm` remember "
      "steps "
      "of a whole tensor: their granularity is `tensor`.\n\n" +
      scalings_table() + "\nFlags (`octavo quantize --scaling`) write them as words:\n\n    " + printed_forms() + "\n";
  out += "\n## `[gemm]`: how products are computed\n\n" + keys_table(scaling::kGemmKeys) + "\n`promotion` has\n\n" +
         keys_table(scaling::kPromotionKeys) + fmt::format("\nEngines: {}.\n", in_code(sim::gemm::engine_names()));
  out +=
      "\n## `[[override]]`: some layers otherwise\n\n" + keys_table(scaling::kOverrideKeys) +
      "\nLayers are called `decoder.<n>.attention.q` (`k`, `v`, `out`, or `qkv` in GPT) and `decoder.<n>.mlp.up` "
      "(`gate`, "
      "`down`). Overrides are merged in the order of the file, key by key: of several that match a layer, the last one "
      "that says a key has it. A scaling without a granularity brings its usual one.\n\n"
      "To leave a role of some layers alone, in the baseline type:\n\n"
      "```toml\n"
      "[[override]]\n"
      "layers = \"decoder.*.mlp.down\"\n"
      "weight = \"none\"\n"
      "activation = \"none\"\n"
      "```\n\n"
      "A layer with a role left alone multiplies values and not codes: on a tensor core that takes codes alone its "
      "products run on fp32. What is not a linear layer (embeddings, norms, softmax, "
      "the head) is never cast; it has the baseline type.\n";
  return out;
}

}  // namespace octavo::experiments
