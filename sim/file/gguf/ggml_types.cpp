// The tensor types of ggml that are read, and their dequantisation.
#include "sim/file/gguf/ggml_types.h"

#include <array>
#include <cstring>

#include "machine/share.h"
#include "sim/file/widen.h"

namespace octavo::sim::file {
namespace {

const std::uint8_t* bytes(const std::byte* block) { return reinterpret_cast<const std::uint8_t*>(block); }

float half(const std::uint8_t* at) {
  std::uint16_t bits;
  std::memcpy(&bits, at, sizeof bits);
  return widen_f16(bits);
}

std::uint32_t word(const std::uint8_t* at) {
  std::uint32_t bits;
  std::memcpy(&bits, at, sizeof bits);
  return bits;
}

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

int five_bits(int nibble, std::uint32_t high, int index) {
  return nibble | static_cast<int>((high >> index & 1u) << 4);
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

template <int values, int size, void (*decode_one)(const std::uint8_t*, float*)>
void decode_all(const std::byte* blocks, std::int64_t count, float* out) {
  machine::share(count, 0.5 * values, [&](std::int64_t i) { decode_one(bytes(blocks) + i * size, out + i * values); });
}

void copy_f32(const std::byte* values, std::int64_t count, float* out) {
  std::memcpy(out, values, static_cast<std::size_t>(count) * sizeof(float));
}

constexpr std::array types{
    GgmlType{0, "F32", 1, 4, copy_f32},
    GgmlType{1, "F16", 1, 2, widen_f16},
    GgmlType{2, "Q4_0", 32, 18, decode_all<32, 18, q4_0>},
    GgmlType{3, "Q4_1", 32, 20, decode_all<32, 20, q4_1>},
    GgmlType{6, "Q5_0", 32, 22, decode_all<32, 22, q5_0>},
    GgmlType{7, "Q5_1", 32, 24, decode_all<32, 24, q5_1>},
    GgmlType{8, "Q8_0", 32, 34, decode_all<32, 34, q8_0>},
    GgmlType{12, "Q4_K", 256, 144, decode_all<256, 144, q4_k>},
    GgmlType{13, "Q5_K", 256, 176, decode_all<256, 176, q5_k>},
    GgmlType{14, "Q6_K", 256, 210, decode_all<256, 210, q6_k>},
    GgmlType{28, "F64", 1, 8, narrow_f64},
    GgmlType{30, "BF16", 1, 2, widen_bf16},
};

/// By id; types that ggml has given up are empty.
constexpr std::array<std::string_view, 40> all_names{
    "F32",    "F16",   "Q4_0",  "Q4_1",   "",      "",      "Q5_0",    "Q5_1",   "Q8_0",    "Q8_1",
    "Q2_K",   "Q3_K",  "Q4_K",  "Q5_K",   "Q6_K",  "Q8_K",  "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S",
    "IQ4_NL", "IQ3_S", "IQ2_S", "IQ4_XS", "I8",    "I16",   "I32",     "I64",    "F64",     "IQ1_M",
    "BF16",   "",      "",      "",       "TQ1_0", "TQ2_0", "",        "",       "",        "MXFP4"};

}  // namespace

std::span<const GgmlType> ggml_types() { return types; }

const GgmlType* find_ggml_type(std::uint32_t id) {
  for (const GgmlType& type : types) {
    if (type.id == id) return &type;
  }
  return nullptr;
}

std::string ggml_type_name(std::uint32_t id) {
  if (id < all_names.size() && !all_names[id].empty()) return std::string(all_names[id]);
  return "number " + std::to_string(id);
}

}  // namespace octavo::sim::file
