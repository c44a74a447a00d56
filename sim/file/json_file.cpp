// JSON from files that may be hostile.
#include "sim/file/json_file.h"

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <set>
#include <vector>

#include "messages/error.h"
#include "messages/printable.h"

namespace octavo::sim::file {
namespace {

using nlohmann::json;

/// Called by the parser on every event; remembers the keys of the objects that are open.
class Guard {
 public:
  explicit Guard(const std::string& where) : where_(where) {}

  bool operator()(int depth, json::parse_event_t event, json& parsed) {
    constexpr int deepest = 16;
    if (depth > deepest)
      throw Error(fmt::format("{}: JSON nested more than {} deep", messages::printable(where_), deepest));
    if (event == json::parse_event_t::object_start) open_.emplace_back();
    if (event == json::parse_event_t::object_end) open_.pop_back();
    if (event == json::parse_event_t::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!open_.back().insert(key).second) {
        throw Error(fmt::format("{}: key {} is there twice", messages::printable(where_), messages::printable(key)));
      }
    }
    return true;
  }

 private:
  const std::string& where_;
  std::vector<std::set<std::string>> open_;
};

}  // namespace

json parse_json(std::string_view text, const std::string& where) {
  Guard guard(where);
  try {
    return json::parse(text, std::ref(guard));
  } catch (const json::parse_error& error) {
    throw Error(fmt::format("{}: not JSON at byte {}; the file is damaged", messages::printable(where), error.byte));
  } catch (const json::exception&) {
    throw Error(fmt::format("{}: JSON with a number out of range; the file is damaged", messages::printable(where)));
  }
}

JsonObject::JsonObject(const json& value, const std::string& where) : value_(value), where_(where) {
  if (!value.is_object())
    throw Error(fmt::format("{}: JSON is not an object where one has to be", messages::printable(where)));
}

void JsonObject::refuse(std::string_view key, std::string_view why) const {
  throw Error(fmt::format("{}: key {} {}", messages::printable(where_), messages::printable(key), why));
}

const json* JsonObject::find(std::string_view key) const {
  const auto found = value_.find(key);
  return found == value_.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::int64_t> JsonObject::integer(std::string_view key) const {
  const json* const value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_number_float()) {  // 64.0, as JavaScript and some converters write 64
    constexpr double kExact = 0x1p53;
    const double number = value->get<double>();
    if (std::trunc(number) != number) refuse(key, "is not an integer");
    if (std::fabs(number) > kExact) refuse(key, "is too large");
    return static_cast<std::int64_t>(number);
  }
  if (!value->is_number_integer()) refuse(key, "is not an integer");
  if (value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX) refuse(key, "is too large");
  return value->get<std::int64_t>();
}

std::optional<double> JsonObject::number(std::string_view key) const {
  const json* const value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) refuse(key, "is not a number");
  return value->get<double>();
}

std::optional<bool> JsonObject::boolean(std::string_view key) const {
  const json* const value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) refuse(key, "is not true or false");
  return value->get<bool>();
}

std::optional<std::string> JsonObject::text(std::string_view key) const {
  const json* const value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) refuse(key, "is not text");
  return value->get<std::string>();
}

std::int64_t JsonObject::required_integer(std::string_view key) const {
  const auto value = integer(key);
  if (!value) refuse(key, "is missing");
  return *value;
}

double JsonObject::required_number(std::string_view key) const {
  const auto value = number(key);
  if (!value) refuse(key, "is missing");
  return *value;
}

}  // namespace octavo::sim::file
