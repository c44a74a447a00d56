// What roundings are called in recipes and flags.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "formats/rounding.h"

namespace octavo::formats {

/// In the order of Rounding.
inline constexpr std::array<std::string_view, 7> kRoundings{"nearest", "nearest-away", "toward-zero", "up",
                                                            "down",    "to-odd",       "stochastic"};

constexpr std::string_view name(Rounding rounding) { return kRoundings[static_cast<std::size_t>(rounding)]; }

constexpr std::optional<Rounding> rounding_named(std::string_view word) {
  const auto found = std::find(kRoundings.begin(), kRoundings.end(), word);
  if (found == kRoundings.end()) return std::nullopt;
  return static_cast<Rounding>(found - kRoundings.begin());
}

}  // namespace octavo::formats
