// Well-formed UTF-8, byte by byte: the one test that decides what is a character and what is a stray byte.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace octavo::sim::text {

/// Bytes of the well-formed character (Unicode 15, table 3-7: no surrogates, no overlong forms) at text[at], or 0 if
/// there is none. `at` must be less than text.size().
constexpr std::size_t character_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  const unsigned second = byte(1);
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return continues(1) ? 2 : 0;
  if (lead < 0xF0) {
    const bool legal = (lead != 0xE0 || second >= 0xA0) && (lead != 0xED || second < 0xA0);
    return legal && continues(1) && continues(2) ? 3 : 0;
  }
  if (lead < 0xF5) {
    const bool legal = (lead != 0xF0 || second >= 0x90) && (lead != 0xF4 || second < 0x90);
    return legal && continues(1) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

/// Appends `code` (below 0x110000, no surrogate) as UTF-8.
inline void append_character(std::string& text, char32_t code) {
  const auto byte = [&](char32_t value) { text.push_back(static_cast<char>(value)); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | code >> 6);
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | code >> 18);
    byte(0x80 | (code >> 12 & 0x3F));
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

}  // namespace octavo::sim::text
