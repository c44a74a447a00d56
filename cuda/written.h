// Results that a launch wrote, told from those that it left as they were.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "messages/error.h"

namespace octavo::cuda {

/// A launch left results unwritten: there is nothing to compare.
class NeverWritten : public Error {
  using Error::Error;
};

/// What fills the bytes of a result before a launch.
inline constexpr std::uint8_t kPoison = 0xA5;
inline constexpr std::uint8_t kOtherPoison = 0x5A;

/// `launch(poison)` runs over results all of whose bytes are `poison` and returns them. Where one still is the poison
/// it runs again over another, since the poison may be the result. Throws NeverWritten that says what, how many and
/// where the first is. Of each value the launch writes the low `bytes`.
template <class Launch>
auto written(const std::string& what, const Launch& launch, std::size_t bytes) {
  auto values = launch(kPoison);
  using T = typename decltype(values)::value_type;
  const auto of = [&](std::uint8_t poison) {
    T value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = static_cast<T>(value | T{poison} << (8 * i));
    return value;
  };
  std::vector<std::size_t> suspects;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] == of(kPoison)) suspects.push_back(i);
  if (suspects.empty()) return values;
  const auto again = launch(kOtherPoison);
  std::size_t count = 0;
  std::size_t first = 0;
  for (const std::size_t i : suspects) {
    if (again[i] != of(kOtherPoison)) continue;
    if (count++ == 0) first = i;
  }
  if (count > 0)
    throw NeverWritten(what + " left " + std::to_string(count) + " of " + std::to_string(values.size()) +
                       " results unwritten, the first is number " + std::to_string(first));
  return values;
}

}  // namespace octavo::cuda
