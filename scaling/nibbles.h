// Codes of at most 4 bits, two a byte: as they are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace octavo::scaling {

/// Code i in bits 4 (i % 2) and up of byte i / 2.
inline std::unique_ptr<std::uint8_t[]> two_a_byte(std::span<const std::uint8_t> codes) {
  auto result = std::make_unique_for_overwrite<std::uint8_t[]>((codes.size() + 1) / 2);
  for (std::size_t i = 0; i + 1 < codes.size(); i += 2)
    result[i / 2] = static_cast<std::uint8_t>((codes[i] & 15u) | (codes[i + 1] & 15u) << 4);
  if (codes.size() % 2 != 0) result[codes.size() / 2] = codes.back() & 15u;
  return result;
}

}  // namespace octavo::scaling
