// The little grammar of scalings.
#include "scaling/recipe/policy_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "messages/error.h"
#include "messages/suggestion.h"
#include "scaling/recipe/policy_fields.h"

namespace octavo::scaling {
namespace {

/// What a message quotes: no more than a word, and nothing that breaks its line.
std::string quoted(std::string_view text) {
  std::string word(text.substr(0, 64));
  std::replace_if(
      word.begin(), word.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return word;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t end = text.find(separator); end != text.npos; end = text.find(separator)) {
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  parts.push_back(text);
  return parts;
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Reads one setting after the other into a policy's fields.
class Settings {
 public:
  Settings(std::string_view what, std::string_view policy, std::vector<std::string_view> words)
      : what_(what), policy_(policy), words_(std::move(words)) {}

  template <class T>
  void operator()(std::string_view name, T& field, const Range<T>& range) {
    const auto word = next();
    if (!word) return;
    const auto value = number<T>(*word);
    if (!value || !(*value >= range.low && *value <= range.high))
      throw Error(fmt::format("{}: {} '{}' of {}: give {} from {} to {}", what_, name, quoted(*word), policy_,
                              std::is_same_v<T, int> ? "an integer" : "a number", range.low, range.high));
    field = *value;
  }
  void operator()(std::string_view name, bool& field, std::nullptr_t) {
    const auto word = next();
    if (!word) return;
    if (*word != name)
      throw Error(fmt::format("{}: '{}' of {}: give {} or nothing", what_, quoted(*word), policy_, name));
    field = true;
  }
  template <class T, std::size_t count>
  void operator()(std::string_view name, T& field, const Words<count>& choices) {
    const auto word = next();
    if (!word) return;
    const auto found = std::find(choices.begin(), choices.end(), *word);
    if (found == choices.end())
      throw Error(
          fmt::format("{}: {} '{}' of {}: give {}", what_, name, quoted(*word), policy_, fmt::join(choices, " or ")));
    field = static_cast<T>(found - choices.begin());
  }

  void finish(bool needed) const {
    if (needed && used_ == 0) throw Error(fmt::format("{}: {} needs a value, such as {}:-3", what_, policy_, policy_));
    if (used_ < words_.size())
      throw Error(fmt::format("{}: {} takes no setting '{}'; forms: {}", what_, policy_, quoted(words_[used_]),
                              scaling_forms()));
  }

 private:
  std::optional<std::string_view> next() {
    return used_ < words_.size() ? std::optional(words_[used_++]) : std::nullopt;
  }

  std::string_view what_;
  std::string_view policy_;
  std::vector<std::string_view> words_;
  std::size_t used_ = 0;
};

/// The settings as words, with how many of them differ from the usual ones: those after need not be said.
class Printer {
 public:
  template <class T>
  void operator()(std::string_view, const T& field, const Range<T>&) {
    words_.push_back(fmt::format("{}", field));
  }
  void operator()(std::string_view name, const bool& field, std::nullptr_t) {
    if (field) words_.push_back(std::string(name));
  }
  template <class T, std::size_t count>
  void operator()(std::string_view, const T& field, const Words<count>& choices) {
    words_.push_back(std::string(choices[static_cast<std::size_t>(field)]));
  }
  const std::vector<std::string>& words() const { return words_; }

 private:
  std::vector<std::string> words_;
};

template <class P>
std::vector<std::string> settings_of(const P& policy) {
  Printer printer;
  visit_fields(policy, printer);
  return printer.words();
}

}  // namespace

std::string_view scaling_forms() {
  return "amax[:MARGIN], cscale:BIAS, current[:pow2], delayed[:HISTORY[:max|most_recent[:MARGIN]]], "
         "fp8-lm[:WINDOW[:MARGIN]], mse, percentile[:PERCENT], entropy, unit, mx[:floor|rceil], nvfp4, each with "
         "@tensor, @row, @column or @ROWSxCOLUMNS";
}

Granularity usual_granularity(const Policy& policy) {
  return std::visit([](const auto& value) { return usual_granularity(value); }, policy);
}

Granularity parse_granularity(std::string_view text, std::string_view what) {
  if (text == "tensor") return kTensor;
  if (text == "row") return kRow;
  if (text == "column") return kColumn;
  const std::size_t cross = text.find('x');
  if (cross != text.npos) {
    const auto rows = number<std::int64_t>(text.substr(0, cross));
    const auto columns = number<std::int64_t>(text.substr(cross + 1));
    constexpr std::int64_t kMost = std::int64_t{1} << 32;
    if (rows && columns && *rows >= 1 && *columns >= 1 && *rows <= kMost && *columns <= kMost)
      return block(*rows, *columns);
  }
  throw Error(
      fmt::format("{}: granularity '{}': give tensor, row, column or ROWSxCOLUMNS such as 1x128", what, quoted(text)));
}

std::string to_text(const Granularity& granularity) {
  if (granularity == kTensor) return "tensor";
  if (granularity == kRow) return "row";
  if (granularity == kColumn) return "column";
  return fmt::format("{}x{}", granularity.rows, granularity.columns);
}

void check(const Scaling& scaling, std::string_view what) {
  if (has_history(scaling.policy) && !scaling.granularity.is_tensor())
    throw Error(fmt::format("{}: delayed and fp8-lm keep the history of a whole tensor; leave out granularity {}", what,
                            to_text(scaling.granularity)));
}

Scaling parse_scaling(std::string_view text, std::string_view what) {
  const std::size_t at = text.find('@');
  std::vector<std::string_view> words = split(text.substr(0, at), ':');
  const std::string_view name = words.front();
  words.erase(words.begin());
  std::optional<Scaling> result;
  for_each_policy([&](auto policy) {
    if (policy_name(policy) != name) return;
    Settings settings(what, name, words);
    visit_fields(policy, settings);
    settings.finish(needs_settings<decltype(policy)>);
    result = Scaling{policy, usual_granularity(policy)};
  });
  if (!result) {
    constexpr Words<kPolicies> names = policy_names();
    throw Error(fmt::format("{}: unknown scaling '{}'; {} Forms: {}", what, quoted(name),
                            messages::suggestion(quoted(name), names, "none is like it."), scaling_forms()));
  }
  if (at != text.npos) result->granularity = parse_granularity(text.substr(at + 1), what);
  check(*result, what);
  return *result;
}

std::string to_text(const Scaling& scaling) {
  std::string text = std::visit(
      []<class P>(const P& policy) {
        std::vector<std::string> words = settings_of(policy);
        const std::vector<std::string> usual = settings_of(P{});
        while (!needs_settings<P> && !words.empty() && words.size() <= usual.size() &&
               words.back() == usual[words.size() - 1])
          words.pop_back();
        words.insert(words.begin(), std::string(policy_name(policy)));
        return fmt::format("{}", fmt::join(words, ":"));
      },
      scaling.policy);
  if (scaling.granularity != usual_granularity(scaling.policy)) text += "@" + to_text(scaling.granularity);
  return text;
}

}  // namespace octavo::scaling
