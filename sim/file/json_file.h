// JSON from files that may be hostile.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace octavo::sim::file {

/// Parses `text`. Throws Error, naming `where`, if it is not JSON, names a key of an object twice, or nests deeper
/// than 16.
nlohmann::json parse_json(std::string_view text, const std::string& where);

/// Typed reading of an object's keys. A getter gives nothing for a key that is absent or null and throws Error, naming
/// file and key, for a value of another type.
class JsonObject {
 public:
  /// Throws Error if `value` is no object. Both arguments must outlive this.
  JsonObject(const nlohmann::json& value, const std::string& where);

  const nlohmann::json* find(std::string_view key) const;
  std::optional<std::int64_t> integer(std::string_view key) const;  ///< also a whole number written as 64.0
  std::optional<double> number(std::string_view key) const;
  std::optional<bool> boolean(std::string_view key) const;
  std::optional<std::string> text(std::string_view key) const;
  std::int64_t required_integer(std::string_view key) const;
  double required_number(std::string_view key) const;

 private:
  [[noreturn]] void refuse(std::string_view key, std::string_view why) const;

  const nlohmann::json& value_;
  const std::string& where_;
};

}  // namespace octavo::sim::file
