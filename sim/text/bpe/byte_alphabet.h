// GPT-2's byte alphabet: every byte as a printable code point, so that a vocabulary of bytes can be stored as text.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/text/utf8.h"

namespace octavo::sim::text {

/// Byte -> code point. Printable Latin-1 bytes stand for themselves, the others for U+0100 onwards in ascending order.
inline constexpr std::array<char16_t, 256> kByteAlphabet = [] {
  std::array<char16_t, 256> alphabet{};
  char16_t next = 0x100;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
    alphabet[byte] = printable ? static_cast<char16_t>(byte) : next++;
  }
  return alphabet;
}();

/// `bytes` written in the alphabet, as UTF-8.
inline std::string to_byte_alphabet(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) append_character(text, kByteAlphabet[static_cast<unsigned char>(c)]);
  return text;
}

/// The bytes that `text` stands for; what is not in the alphabet stands for itself.
std::string from_byte_alphabet(std::string_view text);

}  // namespace octavo::sim::text
