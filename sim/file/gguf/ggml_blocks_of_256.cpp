// Blocks of 256 values, in groups with scales of 4 to 8 bits under one binary16 scale.
#include "sim/file/gguf/ggml_blocks.h"

namespace octavo::sim::file::ggml {
namespace {

// Blocks of 256 in eight groups of 32, each with a 6-bit scale and a 6-bit minimum, packed into 12 bytes.

struct ScaleAndMinimum {
  float scale, minimum;
};

ScaleAndMinimum group(const std::uint8_t* block, int index) {
  const std::uint8_t* const packed = block + 4;
  int scale, minimum;
  if (index < 4) {
    scale = packed[index] & 63;
    minimum = packed[index + 4] & 63;
  } else {
    scale = (packed[index + 4] & 0xf) | (packed[index - 4] >> 6) << 4;
    minimum = packed[index + 4] >> 4 | (packed[index] >> 6) << 4;
  }
  return {half(block) * static_cast<float>(scale), half(block + 2) * static_cast<float>(minimum)};
}

/// Q3_K's sixteen 6-bit scales in 12 bytes: low nibbles of scales 0 to 7 and high ones of 8 to 15 in the first eight,
/// two more bits of each in the last four.
int q3_k_scale(const std::uint8_t* packed, int index) {
  const int low = index < 8 ? packed[index] & 0xf : packed[index - 8] >> 4;
  return (low | (packed[8 + index % 4] >> (2 * (index / 4)) & 3) << 4) - 32;
}

}  // namespace

/// Groups of 16 with a 4-bit scale and a 4-bit minimum.
void q2_k(const std::uint8_t* block, float* out) {
  const float d = half(block + 80), minimum = half(block + 82);
  for (int i = 0; i < 256; ++i) {
    const int scale = block[i / 16];
    const std::uint8_t packed = block[16 + 32 * (i / 128) + i % 32];
    const int q = packed >> (2 * (i / 32 % 4)) & 3;
    out[i] = d * static_cast<float>(scale & 0xf) * static_cast<float>(q) - minimum * static_cast<float>(scale >> 4);
  }
}

/// Groups of 16 with a 6-bit scale; the third bit of a value, where it is 0, takes 4 away.
void q3_k(const std::uint8_t* block, float* out) {
  const float d = half(block + 108);
  for (int i = 0; i < 256; ++i) {
    const std::uint8_t packed = block[32 + 32 * (i / 128) + i % 32];
    const int low = packed >> (2 * (i / 32 % 4)) & 3;
    const int q = low - ((block[i % 32] >> (i / 32) & 1) != 0 ? 0 : 4);
    out[i] = d * static_cast<float>(q3_k_scale(block + 96, i / 16)) * static_cast<float>(q);
  }
}

void q4_k(const std::uint8_t* block, float* out) {
  for (int pair = 0; pair < 4; ++pair, out += 64) {
    const std::uint8_t* const nibbles = block + 16 + 32 * pair;
    const auto [d0, m0] = group(block, 2 * pair);
    const auto [d1, m1] = group(block, 2 * pair + 1);
    for (int i = 0; i < 32; ++i) {
      out[i] = d0 * static_cast<float>(nibbles[i] & 0xf) - m0;
      out[i + 32] = d1 * static_cast<float>(nibbles[i] >> 4) - m1;
    }
  }
}

void q5_k(const std::uint8_t* block, float* out) {
  const std::uint8_t* const high = block + 16;
  for (int pair = 0; pair < 4; ++pair, out += 64) {
    const std::uint8_t* const nibbles = block + 48 + 32 * pair;
    const auto [d0, m0] = group(block, 2 * pair);
    const auto [d1, m1] = group(block, 2 * pair + 1);
    for (int i = 0; i < 32; ++i) {
      out[i] = d0 * static_cast<float>((nibbles[i] & 0xf) | (high[i] >> (2 * pair) & 1) << 4) - m0;
      out[i + 32] = d1 * static_cast<float>(nibbles[i] >> 4 | (high[i] >> (2 * pair + 1) & 1) << 4) - m1;
    }
  }
}

/// 256 values of six bits (four in `ql`, two in `qh`), an int8 scale for each 16 of them.
void q6_k(const std::uint8_t* block, float* out) {
  const float d = half(block + 208);
  for (int part = 0; part < 2; ++part, out += 128) {
    const std::uint8_t* const ql = block + 64 * part;
    const std::uint8_t* const qh = block + 128 + 32 * part;
    const std::uint8_t* const scales = block + 192 + 8 * part;
    for (int quarter = 0; quarter < 4; ++quarter) {
      const std::uint8_t* const low = ql + 32 * (quarter & 1);
      const int nibble_shift = quarter < 2 ? 0 : 4;
      for (int i = 0; i < 32; ++i) {
        const int q = (low[i] >> nibble_shift & 0xf) | (qh[i] >> (2 * quarter) & 3) << 4;
        const auto scale = static_cast<std::int8_t>(scales[2 * quarter + i / 16]);
        out[32 * quarter + i] = d * static_cast<float>(scale) * static_cast<float>(q - 32);
      }
    }
  }
}

/// Groups of 32 with a 6-bit scale, of which two bits are in a word of 16; values as in IQ4_NL.
void iq4_xs(const std::uint8_t* block, float* out) {
  const float d = half(block);
  const int high = block[2] | block[3] << 8;
  for (int group = 0; group < 8; ++group, out += 32) {
    const int low = block[4 + group / 2] >> (4 * (group % 2)) & 0xf;
    const float scale = d * static_cast<float>((low | (high >> (2 * group) & 3) << 4) - 32);
    const std::uint8_t* const codes = block + 8 + 16 * group;
    for (int i = 0; i < 16; ++i) {
      out[i] = scale * static_cast<float>(kIq4Values[codes[i] & 0xf]);
      out[i + 16] = scale * static_cast<float>(kIq4Values[codes[i] >> 4]);
    }
  }
}

}  // namespace octavo::sim::file::ggml
