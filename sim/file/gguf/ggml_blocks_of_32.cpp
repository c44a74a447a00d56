// Blocks of 32 values (NVFP4: 64) under one binary16 or E8M0 scale.
#include <bit>
#include <cmath>

#include "sim/file/gguf/ggml_blocks.h"

namespace octavo::sim::file::ggml {
namespace {

int five_bits(int nibble, std::uint32_t high, int index) {
  return nibble | static_cast<int>((high >> index & 1u) << 4);
}

/// The values of E2M1 doubled, so that they are integers; ggml has no -0. Source: kvalues_mxfp4 in ggml-common.h.
constexpr std::array<std::int8_t, 16> kE2m1Doubled{0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

/// Half of the E8M0 scale, 2^(code - 128), for values that are doubled. ggml gives 2^127 to code 255, NaN in OCP's
/// text.
float half_of_e8m0(std::uint8_t code) {
  return std::bit_cast<float>(code < 2 ? 0x00200000u << code : static_cast<std::uint32_t>(code - 1) << 23);
}

/// Half of an E4M3 scale whose sign bit says nothing; ggml gives 0 to 0x7F, and the value that E4M3's NaN would have to
/// 0xFF.
float half_of_ue4m3(std::uint8_t code) {
  if (code == 0x7f) return 0.0f;
  const int exponent = code >> 3 & 0xf, mantissa = code & 7;
  return std::ldexp(static_cast<float>(exponent == 0 ? mantissa : 8 + mantissa), (exponent == 0 ? 1 : exponent) - 11);
}

}  // namespace

// Blocks of 32: low nibbles are values 0..15, high nibbles 16..31; a fifth bit comes from a word of 32 bits.

void q4_0(const std::uint8_t* block, float* out) {
  const float d = half(block);
  for (int i = 0; i < 16; ++i) {
    out[i] = static_cast<float>((block[2 + i] & 0xf) - 8) * d;
    out[i + 16] = static_cast<float>((block[2 + i] >> 4) - 8) * d;
  }
}

void q4_1(const std::uint8_t* block, float* out) {
  const float d = half(block), m = half(block + 2);
  for (int i = 0; i < 16; ++i) {
    out[i] = static_cast<float>(block[4 + i] & 0xf) * d + m;
    out[i + 16] = static_cast<float>(block[4 + i] >> 4) * d + m;
  }
}

void q5_0(const std::uint8_t* block, float* out) {
  const float d = half(block);
  const std::uint32_t high = word(block + 2);
  for (int i = 0; i < 16; ++i) {
    out[i] = static_cast<float>(five_bits(block[6 + i] & 0xf, high, i) - 16) * d;
    out[i + 16] = static_cast<float>(five_bits(block[6 + i] >> 4, high, i + 16) - 16) * d;
  }
}

void q5_1(const std::uint8_t* block, float* out) {
  const float d = half(block), m = half(block + 2);
  const std::uint32_t high = word(block + 4);
  for (int i = 0; i < 16; ++i) {
    out[i] = static_cast<float>(five_bits(block[8 + i] & 0xf, high, i)) * d + m;
    out[i + 16] = static_cast<float>(five_bits(block[8 + i] >> 4, high, i + 16)) * d + m;
  }
}

void q8_0(const std::uint8_t* block, float* out) {
  const float d = half(block);
  for (int i = 0; i < 32; ++i) out[i] = static_cast<float>(static_cast<std::int8_t>(block[2 + i])) * d;
}

void iq4_nl(const std::uint8_t* block, float* out) {
  const float d = half(block);
  for (int i = 0; i < 16; ++i) {
    out[i] = d * static_cast<float>(kIq4Values[block[2 + i] & 0xf]);
    out[i + 16] = d * static_cast<float>(kIq4Values[block[2 + i] >> 4]);
  }
}

void mxfp4(const std::uint8_t* block, float* out) {
  const float d = half_of_e8m0(block[0]);
  for (int i = 0; i < 16; ++i) {
    out[i] = d * static_cast<float>(kE2m1Doubled[block[1 + i] & 0xf]);
    out[i + 16] = d * static_cast<float>(kE2m1Doubled[block[1 + i] >> 4]);
  }
}

void nvfp4(const std::uint8_t* block, float* out) {
  for (int part = 0; part < 4; ++part, out += 16) {
    const float d = half_of_ue4m3(block[part]);
    const std::uint8_t* const codes = block + 4 + 8 * part;
    for (int i = 0; i < 8; ++i) {
      out[i] = d * static_cast<float>(kE2m1Doubled[codes[i] & 0xf]);
      out[i + 8] = d * static_cast<float>(kE2m1Doubled[codes[i] >> 4]);
    }
  }
}

}  // namespace octavo::sim::file::ggml
