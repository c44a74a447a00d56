// Settings read and printed field by field, from the one list of them.
#include "scaling/recipe/policy_toml.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "messages/suggestion.h"
#include "scaling/recipe/policy_fields.h"

namespace octavo::scaling {
namespace {

/// Reads the settings of one policy, field by field.
class Fields {
 public:
  Fields(const messages::TomlDocument& document, const toml::node& node, const toml::table* settings)
      : document_(document), node_(node), settings_(settings) {}

  void operator()(std::string_view name, int& field, const Range<int>& range) {
    if (const toml::node* node = find(name)) field = document_.integer(*node, name, range.low, range.high);
  }
  void operator()(std::string_view name, double& field, const Range<double>& range) {
    const toml::node* node = find(name);
    if (node == nullptr) return;
    const std::optional<double> value = node->value<double>();
    if (!node->is_number()) document_.fail(*node, fmt::format("{} must be a number", name));
    if (!(*value >= range.low && *value <= range.high))
      document_.fail(*node, fmt::format("{} is {}; give {} to {}", name, *value, range.low, range.high));
    field = *value;
  }
  void operator()(std::string_view name, bool& field, std::nullptr_t) {
    const toml::node* node = find(name);
    if (node == nullptr) return;
    if (!node->is_boolean()) document_.fail(*node, fmt::format("{} must be true or false", name));
    field = node->as_boolean()->get();
  }
  template <class T, std::size_t count>
  void operator()(std::string_view name, T& field, const Words<count>& words) {
    const toml::node* node = find(name);
    if (node == nullptr) return;
    const std::string word = document_.text(*node, name);
    const auto found = std::find(words.begin(), words.end(), word);
    if (found == words.end())
      document_.fail(*node, fmt::format("unknown {} '{}'; give {}", name, word, fmt::join(words, " or ")));
    field = static_cast<T>(found - words.begin());
  }

  bool any() const { return any_; }
  void finish() const {
    if (settings_ == nullptr) return;
    if (!known_.empty()) return document_.check_keys(*settings_, known_);
    if (!settings_->empty()) document_.fail(node_, "this scaling takes no settings");
  }

 private:
  const toml::node* find(std::string_view name) {
    known_.push_back(name);
    const toml::node* found = settings_ != nullptr ? settings_->get(name) : nullptr;
    any_ = any_ || found != nullptr;
    return found;
  }

  const messages::TomlDocument& document_;
  const toml::node& node_;
  const toml::table* settings_;
  std::vector<std::string_view> known_;
  bool any_ = false;
};

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

}  // namespace

Policy read_policy(const messages::TomlDocument& document, const toml::node& node) {
  std::string word;
  const toml::table* settings = nullptr;
  if (node.is_string()) {
    word = node.as_string()->get();
  } else {
    const toml::table& choice = document.table(node, "scaling");
    if (choice.size() != 1) document.fail(node, "scaling must name one policy");
    word = choice.begin()->first.str();
    settings = &document.table(choice.begin()->second, "the settings of a scaling");
  }
  std::optional<Policy> result;
  for_each_policy([&](auto policy) {
    if (policy_name(policy) != word) return;
    Fields fields(document, node, settings);
    visit_fields(policy, fields);
    fields.finish();
    if (needs_settings<decltype(policy)> && !fields.any()) document.fail(node, fmt::format("{} needs a bias", word));
    result = policy;
  });
  constexpr Words<kPolicies> names = policy_names();
  if (!result)
    document.fail(node,
                  fmt::format("unknown scaling '{}'; {}", word,
                              messages::suggestion(word, names, fmt::format("scalings: {}", fmt::join(names, ", ")))));
  return *result;
}

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

}  // namespace octavo::scaling
