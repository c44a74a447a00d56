// The digest of outputs of 8 bits, one at a time: FNV-1a of 32 bits, the same on the host and in kernels.
#pragma once

#include <cstdint>

namespace octavo::cuda {

inline constexpr std::uint32_t kDigestOfNothing = 2166136261u;

/// The digest with one more output.
constexpr std::uint32_t digest_with(std::uint32_t digest, std::uint8_t output) { return (digest ^ output) * 16777619u; }

}  // namespace octavo::cuda
