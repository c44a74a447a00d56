// Texts out of JSON: see json_texts.h.
#include "sim/text/json_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "messages/error.h"
#include "messages/printable.h"

namespace octavo::sim::text {
namespace {

using nlohmann::json;

class Collector {
 public:
  Collector(std::string_view field, const std::string& where, TextNotes& notes)
      : field_(field), where_(where), notes_(notes) {}

  /// `place`: the line or element, for messages.
  void add(const json& element, const std::string& place) {
    if (element.is_string()) return add_text(element.get_ref<const std::string&>());
    if (!element.is_object())
      throw Error(fmt::format("{}: is neither a string nor an object with a text in field {:?}", place, field_));
    notes_.field = field_;
    const auto found = element.find(field_);
    if (found == element.end() || found->is_null()) {
      ++notes_.without_field;
      if (fields_.empty()) fields_ = names(element);
    } else if (!found->is_string()) {
      throw Error(fmt::format("{}: field {:?} is no string", place, field_));
    } else {
      add_text(found->get_ref<const std::string&>());
    }
  }

  std::vector<std::string> finish() {
    if (texts_.empty() && notes_.without_field > 0 && notes_.empty == 0)
      throw Error(fmt::format("{}: no document has a text in field {:?}; the first has {}: give --field NAME", where_,
                              field_, fields_));
    return std::move(texts_);
  }

 private:
  void add_text(const std::string& text) {
    if (text.empty())
      ++notes_.empty;
    else
      texts_.push_back(text);
  }

  /// Of the members that hold strings, or of all.
  static std::string names(const json& object) {
    std::string all, strings;
    for (const auto& [name, value] : object.items()) {
      const std::string shown = messages::printable(name.substr(0, 40));
      if (all.size() < 200) all += (all.empty() ? "" : ", ") + shown;
      if (value.is_string() && strings.size() < 200) strings += (strings.empty() ? "" : ", ") + shown;
    }
    return !strings.empty() ? strings : all.empty() ? "none" : all;
  }

  std::string field_;
  const std::string& where_;
  TextNotes& notes_;
  std::vector<std::string> texts_;
  std::string fields_;
};

std::string_view first_line(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text.substr(0, text.find('\n'));
}

json parse(std::string_view bytes) { return json::parse(bytes, nullptr, /*allow_exceptions=*/false); }

/// Why `bytes` are no JSON, in nlohmann's words without its own labels, on one line.
std::string failure_of(std::string_view bytes) {
  try {
    [[maybe_unused]] const json whole = json::parse(bytes);
  } catch (const json::exception& failure) {
    const std::string_view what = failure.what();
    const std::size_t label = what.find("] ");
    return messages::printable(what.substr(label == what.npos ? 0 : label + 2).substr(0, 160));
  }
  return "";
}

}  // namespace

bool begins_with_json_object(std::string_view text) {
  const std::string_view line = first_line(text);
  return line.starts_with('{') && parse(line).is_object();
}

std::vector<std::string> parse_json_lines(std::string_view bytes, std::string_view field, const std::string& where,
                                          TextNotes& notes) {
  Collector texts(field, where, notes);
  for (std::size_t begin = 0, number = 1; begin < bytes.size(); ++number) {
    const std::size_t end = std::min(bytes.find('\n', begin), bytes.size());
    const std::string_view line = bytes.substr(begin, end - begin);
    begin = end + 1;
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    const std::string place = fmt::format("{}:{}", where, number);
    const json element = parse(line);
    if (element.is_discarded())
      throw Error(fmt::format("{}: is no JSON; each line of JSON lines is a JSON value by itself: {}", place,
                              failure_of(line)));
    texts.add(element, place);
  }
  return texts.finish();
}

std::vector<std::string> parse_json_texts(std::string_view bytes, std::string_view field, const std::string& where,
                                          TextNotes& notes) {
  const json whole = parse(bytes);
  if (whole.is_discarded() && begins_with_json_object(bytes)) return parse_json_lines(bytes, field, where, notes);
  if (!whole.is_array() && !whole.is_object())
    throw Error(
        fmt::format("{}: is no JSON array of strings or of objects with a text in field {:?}{}; give such a "
                    "file, or a plain text under another name",
                    where, field, whole.is_discarded() ? " (" + failure_of(bytes) + ")" : ""));
  Collector texts(field, where, notes);
  if (whole.is_object()) {
    texts.add(whole, where);
  } else {
    for (std::size_t i = 0; i < whole.size(); ++i) texts.add(whole[i], fmt::format("{}: element {}", where, i));
  }
  return texts.finish();
}

}  // namespace octavo::sim::text
