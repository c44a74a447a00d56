// Recipes as TOML: the one unit that reads and prints them.
#include <fmt/format.h>
#include <fmt/ranges.h>

// toml++ asserts, and with NDEBUG assumes, what malformed text such as "[}" breaks, and goes on to report it well.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(condition) static_cast<void>(0)
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <vector>

#include "formats/catalog.h"
#include "formats/error.h"
#include "formats/nearest.h"
#include "scaling/policy_fields.h"
#include "scaling/policy_text.h"
#include "scaling/recipe.h"
#include "scaling/toml_entries.h"

namespace octavo::scaling {
namespace {

using Names = std::vector<std::string_view>;

constexpr std::array<std::string_view, 3> kBaselines{"fp32", "bf16", "fp16"};
constexpr std::uintmax_t kLargestFile = 1u << 20;

/// What to throw at a line of a recipe. Words of the file in the message cannot break its line.
Error error_at(const std::string& where, const toml::source_region& source, std::string_view message) {
  std::string line = fmt::format("{}:{}: {}", where, source.begin.line, message);
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return Error(line);
}

/// A place in the file, for messages.
class Reader {
 public:
  explicit Reader(std::string where) : where_(std::move(where)) {}

  [[noreturn]] void fail(const toml::node& node, const std::string& message) const { fail(node.source(), message); }
  [[noreturn]] void fail(const toml::source_region& source, const std::string& message) const {
    throw error_at(where_, source, message);
  }

  void check_keys(const toml::table& table, const Names& known) const {
    for (const auto& [key, value] : table) {
      bool found = false;
      for (const std::string_view name : known) found = found || name == key.str();
      if (!found)
        fail(key.source(),
             fmt::format("unknown key '{}'; did you mean '{}'?", key.str(), formats::nearest(key.str(), known)));
    }
  }
  const toml::table& table(const toml::node& node, std::string_view what) const {
    if (!node.is_table()) fail(node, fmt::format("{} must be a table", what));
    return *node.as_table();
  }
  std::string text(const toml::node& node, std::string_view what) const {
    if (!node.is_string()) fail(node, fmt::format("{} must be a string", what));
    return node.as_string()->get();
  }
  int integer(const toml::node& node, std::string_view what, int low, int high) const {
    if (!node.is_integer()) fail(node, fmt::format("{} must be an integer", what));
    const std::int64_t value = node.as_integer()->get();
    if (value < low || value > high) fail(node, fmt::format("{} is {}; give {} to {}", what, value, low, high));
    return static_cast<int>(value);
  }

  /// A policy by name, "amax", or with its settings, { amax = { margin = 3 } }.
  Policy scaling(const toml::node& node) const {
    std::string word;
    const toml::table* settings = nullptr;
    if (node.is_string()) {
      word = node.as_string()->get();
    } else {
      const toml::table& choice = table(node, "scaling");
      if (choice.size() != 1) fail(node, "scaling must name one policy");
      word = choice.begin()->first.str();
      settings = &table(choice.begin()->second, "the settings of a scaling");
    }
    std::optional<Policy> result;
    for_each_policy([&](auto policy) {
      if (policy_name(policy) != word) return;
      Fields fields(*this, node, settings);
      visit_fields(policy, fields);
      fields.finish();
      if (needs_settings<decltype(policy)> && !fields.any()) fail(node, fmt::format("{} needs a bias", word));
      result = policy;
    });
    constexpr Words<kPolicies> names = policy_names();
    if (!result)
      fail(node, fmt::format("unknown scaling '{}'; did you mean '{}'? Scalings: {}", word,
                             formats::nearest(word, names), fmt::join(names, ", ")));
    return *result;
  }

  Override::CastChange cast(const toml::node& node, std::string_view role) const {
    const toml::table& settings = table(node, role);
    check_keys(settings, {"format", "scaling", "granularity"});
    Override::CastChange change;
    if (const toml::node* format = settings.get("format")) {
      const std::string word = text(*format, "format");
      if (word == "none") {
        change.none = true;
        if (settings.size() > 1) fail(node, "format \"none\" takes no scaling");
        return change;
      }
      try {
        change.format = formats::spec(word);
      } catch (const Error& error) {
        fail(*format, error.what());
      }
      if (change.format->bits() > 8)
        fail(*format, fmt::format("format {} has more than 8 bits; casts take at most 8", word));
      if (!change.format->has_sign || !change.format->has_zero)
        fail(*format, fmt::format("format {} holds scales, not tensors; try e4m3", word));
    }
    if (const toml::node* policy = settings.get("scaling")) change.scaling = scaling(*policy);
    if (const toml::node* granularity = settings.get("granularity")) {
      try {
        change.granularity = parse_granularity(text(*granularity, "granularity"), role);
        if (change.scaling) check({*change.scaling, *change.granularity}, role);
      } catch (const Error& error) {
        fail(*granularity, error.what());
      }
    }
    return change;
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
    const toml::table& settings = table(*node, "gemm");
    check_keys(settings, {"engine", "accumulator", "promotion"});
    if (const toml::node* engine = settings.get("engine")) change.engine = text(*engine, "engine");
    if (const toml::node* accumulator = settings.get("accumulator")) {
      const std::string word = text(*accumulator, "accumulator");
      if (word != "f32" && word != "f16")
        fail(*accumulator, fmt::format("unknown accumulator '{}'; give f32 or f16", word));
      change.accumulator = word == "f16" ? Accumulator::f16 : Accumulator::f32;
    }
    if (const toml::node* promotion = settings.get("promotion")) {
      const toml::table& intervals = table(*promotion, "promotion");
      check_keys(intervals, {"fprop", "dgrad", "wgrad"});
      for (std::size_t product = 0; product < kProductCount; ++product) {
        const std::string_view product_name = name(static_cast<Product>(product));
        if (const toml::node* interval = intervals.get(product_name))
          change.promotion[product] = integer(*interval, product_name, 0, 1 << 20);
      }
    }
    return change;
  }

  Recipe recipe(const toml::table& root) const {
    check_keys(root, {"baseline", "cast", "gemm", "override"});
    Recipe result;
    if (const toml::node* baseline = root.get("baseline")) {
      const std::string word = text(*baseline, "baseline");
      std::size_t index = 0;
      while (index < kBaselines.size() && kBaselines[index] != word) ++index;
      if (index == kBaselines.size())
        fail(*baseline, fmt::format("unknown baseline '{}'; give fp32, bf16 or fp16", word));
      result.baseline = static_cast<Baseline>(index);
    }
    if (const toml::node* casts = root.get("cast")) {
      const toml::table& settings = table(*casts, "cast");
      check_keys(settings, {"weight", "activation", "gradient"});
      std::array<Override::CastChange, kRoleCount> changes;
      roles(settings, changes);
      for (std::size_t role = 0; role < kRoleCount; ++role) {
        const Override::CastChange& change = changes[role];
        if (change.format.has_value() != change.scaling.has_value())
          fail(*casts, fmt::format("{} needs a format and a scaling", name(static_cast<Role>(role))));
        if (change.format)
          result.rule.casts[role] =
              Cast{*change.format, *change.scaling, change.granularity.value_or(usual_granularity(*change.scaling))};
        else if (change.granularity)
          fail(*casts, fmt::format("{} needs a format and a scaling", name(static_cast<Role>(role))));
      }
    }
    const Override::GemmChange products = gemm(root);
    result.rule.gemm.engine = products.engine.value_or(result.rule.gemm.engine);
    result.rule.gemm.accumulator = products.accumulator.value_or(result.rule.gemm.accumulator);
    for (std::size_t product = 0; product < kProductCount; ++product)
      result.rule.gemm.promotion[product] = products.promotion[product].value_or(0);
    if (const toml::node* overrides = root.get("override")) {
      if (!overrides->is_array()) fail(*overrides, "override must be an array of tables: [[override]]");
      for (const toml::node& node : *overrides->as_array()) result.overrides.push_back(override_of(node));
    }
    return result;
  }

 private:
  /// Reads the settings of one policy, field by field.
  class Fields {
   public:
    Fields(const Reader& reader, const toml::node& node, const toml::table* settings)
        : reader_(reader), node_(node), settings_(settings) {}

    void operator()(std::string_view name, int& field, const Range<int>& range) {
      if (const toml::node* node = find(name)) field = reader_.integer(*node, name, range.low, range.high);
    }
    void operator()(std::string_view name, double& field, const Range<double>& range) {
      const toml::node* node = find(name);
      if (node == nullptr) return;
      const std::optional<double> value = node->value<double>();
      if (!node->is_number()) reader_.fail(*node, fmt::format("{} must be a number", name));
      if (!(*value >= range.low && *value <= range.high))
        reader_.fail(*node, fmt::format("{} is {}; give {} to {}", name, *value, range.low, range.high));
      field = *value;
    }
    void operator()(std::string_view name, bool& field, std::nullptr_t) {
      const toml::node* node = find(name);
      if (node == nullptr) return;
      if (!node->is_boolean()) reader_.fail(*node, fmt::format("{} must be true or false", name));
      field = node->as_boolean()->get();
    }
    template <class T, std::size_t count>
    void operator()(std::string_view name, T& field, const Words<count>& words) {
      const toml::node* node = find(name);
      if (node == nullptr) return;
      const std::string word = reader_.text(*node, name);
      const auto found = std::find(words.begin(), words.end(), word);
      if (found == words.end())
        reader_.fail(*node, fmt::format("unknown {} '{}'; give {}", name, word, fmt::join(words, " or ")));
      field = static_cast<T>(found - words.begin());
    }

    bool any() const { return any_; }
    void finish() const {
      if (settings_ == nullptr) return;
      if (!known_.empty()) return reader_.check_keys(*settings_, known_);
      if (!settings_->empty()) reader_.fail(node_, "this scaling takes no settings");
    }

   private:
    const toml::node* find(std::string_view name) {
      known_.push_back(name);
      const toml::node* found = settings_ != nullptr ? settings_->get(name) : nullptr;
      any_ = any_ || found != nullptr;
      return found;
    }

    const Reader& reader_;
    const toml::node& node_;
    const toml::table* settings_;
    std::vector<std::string_view> known_;
    bool any_ = false;
  };

  Override override_of(const toml::node& node) const {
    const toml::table& settings = table(node, "override");
    check_keys(settings, {"layers", "weight", "activation", "gradient", "gemm"});
    Override change;
    const toml::node* layers = settings.get("layers");
    if (layers == nullptr) fail(node, "an override needs layers = \"pattern\", for example \"decoder.*.mlp.down\"");
    change.layers = text(*layers, "layers");
    roles(settings, change.casts);
    change.gemm = gemm(settings);
    return change;
  }

  std::string where_;
};

}  // namespace

// Characters beyond ASCII are escaped, since parse_recipe takes none in strings.
std::string toml_string(std::string_view text) {
  std::ostringstream out;
  const toml::value<std::string> value{std::string(text)};
  out << toml::toml_formatter(value, toml::toml_formatter::default_flags & ~toml::format_flags::allow_unicode_strings &
                                         ~toml::format_flags::allow_literal_strings);
  return out.str();
}

namespace {

/// The settings of a policy as the inside of an inline table.
class FieldPrinter {
 public:
  template <class T>
  void operator()(std::string_view name, const T& field, const Range<T>&) {
    add(fmt::format("{} = {}", name, field));
    if constexpr (std::is_same_v<T, double>)
      if (fields_.find_last_of(".e") < fields_.rfind(' ')) fields_ += ".0";
  }
  void operator()(std::string_view name, const bool& field, std::nullptr_t) {
    add(fmt::format("{} = {}", name, field));
  }
  template <class T, std::size_t count>
  void operator()(std::string_view name, const T& field, const Words<count>& words) {
    add(fmt::format("{} = \"{}\"", name, words[static_cast<std::size_t>(field)]));
  }
  const std::string& fields() const { return fields_; }

 private:
  void add(const std::string& field) { fields_ += (fields_.empty() ? "" : ", ") + field; }
  std::string fields_;
};

std::string to_toml(const Policy& policy) {
  return std::visit(
      [](const auto& value) {
        FieldPrinter printer;
        visit_fields(value, printer);
        if (printer.fields().empty()) return fmt::format("\"{}\"", policy_name(value));
        return fmt::format("{{ {} = {{ {} }} }}", policy_name(value), printer.fields());
      },
      policy);
}

std::string to_toml(const Override::CastChange& change) {
  if (change.none) return "{ format = \"none\" }";
  std::string fields;
  if (change.format) fields = fmt::format("format = \"{}\"", formats::name(*change.format));
  const auto add = [&](const std::string& field) { fields += (fields.empty() ? "" : ", ") + field; };
  if (change.scaling) add(fmt::format("scaling = {}", to_toml(*change.scaling)));
  if (change.granularity) add(fmt::format("granularity = \"{}\"", to_text(*change.granularity)));
  return "{ " + fields + " }";
}

std::string_view name(Accumulator accumulator) { return accumulator == Accumulator::f16 ? "f16" : "f32"; }

std::string to_toml(const Override::GemmChange& change) {
  std::string fields;
  const auto add = [&](const std::string& field) { fields += (fields.empty() ? "" : ", ") + field; };
  if (change.engine) add(fmt::format("engine = {}", toml_string(*change.engine)));
  if (change.accumulator) add(fmt::format("accumulator = \"{}\"", name(*change.accumulator)));
  std::string intervals;
  for (std::size_t product = 0; product < kProductCount; ++product)
    if (change.promotion[product])
      intervals += fmt::format("{}{} = {}", intervals.empty() ? "" : ", ", name(static_cast<Product>(product)),
                               *change.promotion[product]);
  if (!intervals.empty()) add(fmt::format("promotion = {{ {} }}", intervals));
  return "{ " + fields + " }";
}

}  // namespace

namespace {

/// The text with only ASCII left, for toml++ 3.3 has no defined answer to some other characters outside of strings.
/// They may stand in comments that have their line to themselves; nothing else in a recipe needs them.
std::string ascii(std::string_view toml, const std::string& where) {
  if (toml.starts_with("\xEF\xBB\xBF")) toml.remove_prefix(3);  // byte order mark
  std::string text(toml);
  int line = 1;
  bool begun = false;  // something other than blanks stands on the line
  bool comment = false;
  for (char& c : text) {
    if (c == '\n') {
      ++line;
      begun = comment = false;
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      if (!comment)
        throw Error(
            fmt::format("{}:{}: a character beyond ASCII; recipes take those in comment lines only", where, line));
      c = '?';
    } else if (!begun && c != ' ' && c != '\t') {
      begun = true;
      comment = c == '#';
    }
  }
  return text;
}

}  // namespace

Recipe parse_recipe(std::string_view toml, const std::string& where) {
  try {
    return Reader(where).recipe(toml::parse(ascii(toml, where), where));
  } catch (const toml::parse_error& error) {
    throw error_at(where, error.source(), fmt::format("not TOML: {}", error.description()));
  }
}

std::string read_toml_text(const std::filesystem::path& path, std::string_view what) {
  std::error_code failed;
  const std::uintmax_t size =
      std::filesystem::is_regular_file(path, failed) ? std::filesystem::file_size(path, failed) : 0;
  if (failed || !std::filesystem::is_regular_file(path, failed))
    throw Error(fmt::format("{} {}: no such file{}", what, path.string(),
                            what == "recipe" ? "; the shipped ones are in the folder recipes" : ""));
  if (size > kLargestFile)
    throw Error(fmt::format("{} {}: larger than 1 MiB; that is not a {}", what, path.string(), what));
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) throw Error(fmt::format("{} {}: cannot be read; check its permissions", what, path.string()));
  return text;
}

Recipe read_recipe(const std::filesystem::path& path) {
  return parse_recipe(read_toml_text(path, "recipe"), path.string());
}

std::vector<TomlEntry> parse_toml_entries(std::string_view toml, const std::string& where) {
  const Reader reader(where);
  std::vector<TomlEntry> entries;
  const auto add = [&](const std::string& section, const toml::key& key, const toml::node& node) {
    TomlEntry entry{section, std::string(key.str()), static_cast<int>(key.source().begin.line), {}};
    if (const auto* truth = node.as_boolean())
      entry.value = truth->get();
    else if (const auto* integer = node.as_integer())
      entry.value = integer->get();
    else if (const auto* number = node.as_floating_point())
      entry.value = number->get();
    else if (const auto* text = node.as_string())
      entry.value = text->get();
    else
      reader.fail(node, fmt::format("{} must be a number, a string or true or false", entry.key));
    entries.push_back(std::move(entry));
  };
  try {
    const toml::table root = toml::parse(ascii(toml, where), where);
    for (const auto& [key, node] : root)
      if (const toml::table* table = node.as_table()) {
        for (const auto& [inner, value] : *table) add(std::string(key.str()), inner, value);
      } else {
        add("", key, node);
      }
  } catch (const toml::parse_error& error) {
    throw error_at(where, error.source(), fmt::format("not TOML: {}", error.description()));
  }
  return entries;
}

namespace {

/// The granularity where it is not the scaling's usual one.
std::optional<Granularity> said(const Cast& cast) {
  return cast.granularity == usual_granularity(cast.scaling) ? std::nullopt : std::optional(cast.granularity);
}

}  // namespace

std::string to_toml(const Recipe& recipe) {
  std::string out = fmt::format("baseline = \"{}\"\n\n[cast]\n", kBaselines[static_cast<std::size_t>(recipe.baseline)]);
  for (std::size_t role = 0; role < kRoleCount; ++role)
    if (const auto& cast = recipe.rule.casts[role])
      out += fmt::format("{} = {}\n", name(static_cast<Role>(role)),
                         to_toml(Override::CastChange{false, cast->format, cast->scaling, said(*cast)}));
  const Gemm& gemm = recipe.rule.gemm;
  out += fmt::format(
      "\n[gemm]\nengine = {}\naccumulator = \"{}\"\npromotion = {{ fprop = {}, dgrad = {}, wgrad = {} }}\n",
      toml_string(gemm.engine), name(gemm.accumulator), gemm.promotion[0], gemm.promotion[1], gemm.promotion[2]);
  for (const Override& change : recipe.overrides) {
    out += fmt::format("\n[[override]]\nlayers = {}\n", toml_string(change.layers));
    for (std::size_t role = 0; role < kRoleCount; ++role)
      if (change.casts[role] != Override::CastChange{})
        out += fmt::format("{} = {}\n", name(static_cast<Role>(role)), to_toml(change.casts[role]));
    if (change.gemm != Override::GemmChange{}) out += fmt::format("gemm = {}\n", to_toml(change.gemm));
  }
  return out;
}

}  // namespace octavo::scaling
