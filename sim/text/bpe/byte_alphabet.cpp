// GPT-2's byte alphabet: see byte_alphabet.h.
#include "sim/text/bpe/byte_alphabet.h"

#include <algorithm>

namespace octavo::sim::text {
namespace {

constexpr std::size_t kAlphabetEnd = 1U + *std::max_element(kByteAlphabet.begin(), kByteAlphabet.end());

/// Code point -> byte, or -1.
constexpr std::array<std::int16_t, kAlphabetEnd> kBytes = [] {
  std::array<std::int16_t, kAlphabetEnd> bytes{};
  bytes.fill(-1);
  for (std::size_t byte = 0; byte < 256; ++byte) bytes[kByteAlphabet[byte]] = static_cast<std::int16_t>(byte);
  return bytes;
}();

}  // namespace

std::string from_byte_alphabet(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = std::max<std::size_t>(character_length(text, at), 1);
    const auto lead = static_cast<unsigned char>(text[at]);
    std::size_t code = lead;  // the alphabet has one- and two-byte characters only
    if (length == 2) code = (lead & 0x1FU) << 6 | (static_cast<unsigned char>(text[at + 1]) & 0x3FU);
    const bool known = (length == 2 || lead < 0x80) && code < kAlphabetEnd && kBytes[code] >= 0;
    if (known) {
      bytes.push_back(static_cast<char>(kBytes[code]));
    } else {
      bytes += text.substr(at, length);
    }
    at += length;
  }
  return bytes;
}

}  // namespace octavo::sim::text
