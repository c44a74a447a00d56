// Numbers and rows of tables as JSON for programs.
#pragma once

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <vector>

#include "experiments/store/run_words.h"

namespace octavo::experiments::printed {

/// JSON has no NaN and no infinity: null stands for them.
inline nlohmann::ordered_json number(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

/// An object a row, its columns in their order; null for a number that is not finite, and for kNoBias.
template <class Row>
nlohmann::ordered_json rows_json(const std::vector<Row>& rows) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Row& row : rows) {
    nlohmann::ordered_json object;
    Row::visit(row, [&]<class T>(const char* column, const T& value) {
      if constexpr (std::is_floating_point_v<T>)
        object[column] = number(value);
      else if constexpr (std::is_same_v<T, std::int32_t>)
        object[column] = value == store::kNoBias ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(value);
      else if constexpr (std::is_enum_v<T>)
        object[column] = store::word(value);
      else
        object[column] = value;
    });
    list.push_back(object);
  }
  return list;
}

/// With a line's end. The name of a file need not be UTF-8, but JSON must be.
template <class Json>
std::string dumped(const Json& json, int indent = 2) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace octavo::experiments::printed
