// Blocks of ggml's types to values, one function a type: see ggml_types.h.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "sim/file/widen.h"

namespace octavo::sim::file::ggml {

inline float half(const std::uint8_t* at) {
  std::uint16_t bits;
  std::memcpy(&bits, at, sizeof bits);
  return widen_f16(bits);
}

inline std::uint32_t word(const std::uint8_t* at) {
  std::uint32_t bits;
  std::memcpy(&bits, at, sizeof bits);
  return bits;
}

/// The sixteen values of the IQ4 types, not evenly spaced. Source: kvalues_iq4nl in ggml-common.h.
inline constexpr std::array<std::int8_t, 16> kIq4Values{-127, -104, -83, -65, -49, -35, -22, -10,
                                                        1,    13,   25,  38,  53,  69,  89,  113};

// Blocks of 32.
void q4_0(const std::uint8_t* block, float* out);
void q4_1(const std::uint8_t* block, float* out);
void q5_0(const std::uint8_t* block, float* out);
void q5_1(const std::uint8_t* block, float* out);
void q8_0(const std::uint8_t* block, float* out);
void iq4_nl(const std::uint8_t* block, float* out);
void mxfp4(const std::uint8_t* block, float* out);
/// A block of 64.
void nvfp4(const std::uint8_t* block, float* out);

// Blocks of 256.
void q2_k(const std::uint8_t* block, float* out);
void q3_k(const std::uint8_t* block, float* out);
void q4_k(const std::uint8_t* block, float* out);
void q5_k(const std::uint8_t* block, float* out);
void q6_k(const std::uint8_t* block, float* out);
void iq4_xs(const std::uint8_t* block, float* out);

}  // namespace octavo::sim::file::ggml
