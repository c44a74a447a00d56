// The name of a byte in a SentencePiece vocabulary: <0x00> to <0xFF>.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace octavo::sim::text {

/// The byte that a token called <0xXX> (two hexadecimal digits of either case) stands for, or nothing.
constexpr std::optional<std::uint8_t> byte_of_token(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return std::nullopt;
  unsigned byte = 0;
  for (const char c : token.substr(3, 2)) {
    unsigned digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<unsigned>(c - 'A' + 10);
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a' + 10);
    } else {
      return std::nullopt;
    }
    byte = byte * 16 + digit;
  }
  return static_cast<std::uint8_t>(byte);
}

}  // namespace octavo::sim::text
