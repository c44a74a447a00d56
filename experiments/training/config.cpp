// From TOML keys to a training configuration, by one visitor for reading and printing.
#include "experiments/training/config.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <type_traits>
#include <vector>

#include "messages/error.h"
#include "messages/printable.h"
#include "messages/suggestion.h"
#include "messages/toml_entries.h"

namespace octavo::experiments {
namespace {

using messages::TomlEntry;
using sim::model::Activation;
using sim::model::Config;
using sim::model::Family;
using sim::train::LossScaling;
using sim::train::Master;
using sim::train::Schedule;

/// The words of an enum, in the order of its values.
template <class E>
constexpr auto words = std::array<std::string_view, 0>{};
template <>
constexpr auto words<Family> = std::array<std::string_view, 2>{"gpt", "llama"};
template <>
constexpr auto words<DataKind> = std::array<std::string_view, 2>{"text", "labelled"};
template <>
constexpr auto words<Activation> = std::array<std::string_view, 3>{"gelu_tanh", "gelu_erf", "silu"};
template <>
constexpr auto words<Schedule> = std::array<std::string_view, 2>{"constant", "cosine"};
template <>
constexpr auto words<Master> = std::array<std::string_view, 2>{"fp32", "fp16"};
template <>
constexpr auto words<LossScaling> =
    std::array<std::string_view, 5>{"none", "constant", "backoff", "logmax", "histogram"};

/// f(section, key, member) for every field.
template <class Self, class Visitor>
void visit(Self& self, Visitor&& f) {
  auto& m = self.model;
  f("model", "start", self.start);
  f("model", "family", m.family);
  f("model", "layers", m.layers);
  f("model", "width", m.width);
  f("model", "heads", m.heads);
  f("model", "kv_heads", m.kv_heads);
  f("model", "head_width", m.head_width);
  f("model", "hidden", m.hidden);
  f("model", "vocabulary", m.vocabulary);
  f("model", "context", m.context);
  f("model", "norm_epsilon", m.norm_epsilon);
  f("model", "rope_theta", m.rope_theta);
  f("model", "activation", m.activation);
  f("model", "tied_head", m.tied_head);
  f("data", "kind", self.kind);
  f("data", "context", self.context);
  f("data", "validation", self.validation);
  f("data", "tokenizer", self.tokenizer);
  sim::train::Settings::visit(self.training, [&](const char* key, auto& member) { f("training", key, member); });
  f("output", "record_every", self.record_every);
  f("output", "validate_every", self.validate_every);
  f("output", "checkpoint_every", self.checkpoint_every);
}

class Reader {
 public:
  Reader(std::string where, std::filesystem::path folder) : where_(std::move(where)), folder_(std::move(folder)) {}

  [[noreturn]] void fail(const messages::TomlEntry& entry, const std::string& why) const {
    throw Error(fmt::format("{}:{}: {} {}", where_, entry.line, entry.key, why));
  }

  template <class T>
  void read(const messages::TomlEntry& entry, T& member) const {
    if constexpr (std::is_enum_v<T>) {
      const std::string word = text(entry);
      for (std::size_t i = 0; i < words<T>.size(); ++i)
        if (words<T>[i] == word) {
          member = static_cast<T>(i);
          return;
        }
      fail(entry,
           fmt::format("is {}; {}", messages::printable(word),
                       messages::suggestion(word, std::vector<std::string_view>(words<T>.begin(), words<T>.end()))));
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!std::holds_alternative<bool>(entry.value)) fail(entry, "must be true or false");
      member = std::get<bool>(entry.value);
    } else if constexpr (std::is_same_v<T, double>) {
      if (const auto* integer = std::get_if<std::int64_t>(&entry.value))
        member = static_cast<double>(*integer);
      else if (const auto* number = std::get_if<double>(&entry.value))
        member = *number + 0.0;  // -0 would print as an integer, which has no sign
      else
        fail(entry, "must be a number");
    } else if constexpr (std::is_integral_v<T>) {
      const auto* integer = std::get_if<std::int64_t>(&entry.value);
      if (integer == nullptr || *integer < 0) fail(entry, "must be an integer, 0 or more");
      member = static_cast<T>(*integer);
    } else {
      const std::filesystem::path path = text(entry);
      if (!path.has_filename()) fail(entry, "must be the path of a file or folder, without a / at the end");
      member = folder_ / path;
    }
  }

 private:
  std::string text(const messages::TomlEntry& entry) const {
    if (!std::holds_alternative<std::string>(entry.value)) fail(entry, "must be a string");
    return std::get<std::string>(entry.value);
  }

  std::string where_;
  std::filesystem::path folder_;
};

/// What the numbers given leave open.
void complete(Config& m) {
  if (m.kv_heads == 0 || m.family == Family::gpt) m.kv_heads = m.heads;
  if (m.head_width == 0 && m.heads > 0) m.head_width = m.width / m.heads;
  // A width beyond that is refused with the model.
  if (m.hidden == 0 && m.width <= std::numeric_limits<std::int64_t>::max() / 4) m.hidden = 4 * m.width;
}

}  // namespace

TrainConfig parse_train_config(std::string_view toml, const std::string& where, const std::filesystem::path& folder) {
  TrainConfig config;
  config.model.vocabulary = 256;
  config.model.context = 256;
  const Reader reader(where, folder);
  bool has_start = false, has_model = false, has_activation = false;
  for (const messages::TomlEntry& entry : messages::parse_toml_entries(toml, where)) {
    bool found = false;
    std::vector<std::string> known;
    visit(config, [&](const char* section, const char* key, auto& member) {
      known.push_back(fmt::format("{}.{}", section, key));
      if (entry.section != section || entry.key != key) return;
      reader.read(entry, member);
      found = true;
    });
    const std::string name = entry.section.empty() ? entry.key : entry.section + "." + entry.key;
    if (!found)
      throw Error(fmt::format("{}:{}: unknown key {}; {}", where, entry.line, messages::printable(name),
                              messages::suggestion(name, std::vector<std::string_view>(known.begin(), known.end()))));
    has_start = has_start || name == "model.start";
    has_model = has_model || (entry.section == "model" && entry.key != "start");
    has_activation = has_activation || name == "model.activation";
  }
  if (has_start == has_model)
    throw Error(
        fmt::format("{}: [model] needs either start = \"checkpoint\" or the numbers of a new model (family, "
                    "layers, width, heads, ...)",
                    where));
  if (has_model) {
    complete(config.model);
    const bool gpt = config.model.family == Family::gpt;
    if (!has_activation) config.model.activation = gpt ? Activation::gelu_tanh : Activation::silu;
    if (gpt != (config.model.activation != Activation::silu))
      throw Error(fmt::format("{}: a gpt has activation gelu_tanh or gelu_erf, a llama silu", where));
  }
  if (!(config.validation >= 0.0 && config.validation < 1.0))
    throw Error(fmt::format("{}: validation is {}; give 0 to below 1", where, config.validation));
  return config;
}

TrainConfig read_train_config(const std::filesystem::path& path) {
  return parse_train_config(messages::read_toml_text(path, "configuration"), path.string(), path.parent_path());
}

std::string to_toml(const TrainConfig& config) {
  std::string out, last;
  visit(config, [&]<class T>(const std::string& section, const char* key, const T& member) {
    if (section == "model" && config.start.empty() != (key != std::string_view("start"))) return;
    if constexpr (std::is_same_v<T, std::filesystem::path>)
      if (member.empty()) return;
    if (section != last) out += fmt::format("{}[{}]\n", last.empty() ? "" : "\n", section);
    last = section;
    if constexpr (std::is_enum_v<T>)
      out += fmt::format("{} = \"{}\"\n", key, words<T>[static_cast<std::size_t>(member)]);
    else if constexpr (std::is_same_v<T, std::filesystem::path>)
      out += fmt::format("{} = {}\n", key, messages::toml_string(member.filename().string()));
    else
      out += fmt::format("{} = {}\n", key, member);
  });
  return out;
}

}  // namespace octavo::experiments
