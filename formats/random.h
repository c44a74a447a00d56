// Random bits by counter: a word depends on seed, tensor, step and index alone, so on no thread count or vector width.
#pragma once

#include <array>
#include <cstdint>

namespace octavo::formats {

/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011).
constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t first = std::uint64_t{0xD2511F53u} * counter[0];
    const std::uint64_t second = std::uint64_t{0xCD9E8D57u} * counter[2];
    counter = {static_cast<std::uint32_t>(second >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(second),
               static_cast<std::uint32_t>(first >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(first)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

/// The random words of one tensor at one step.
struct RandomStream {
  std::uint64_t seed = 0;
  std::uint32_t tensor = 0;
  std::uint32_t step = 0;

  constexpr bool operator==(const RandomStream&) const = default;

  /// The word of element `index`. 64 elements in a row share 16 counters: element i takes word (i / 16) mod 4 of
  /// counter 16 (i / 64) + i mod 16, so that vectors of 4, 8 and 16 lanes find their words in place.
  constexpr std::uint32_t word(std::uint64_t index) const {
    const std::uint64_t counter = 16 * (index / 64) + index % 16;
    const auto words =
        philox({static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32), tensor, step},
               {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
    return words[(index / 16) % 4];
  }
};

}  // namespace octavo::formats
