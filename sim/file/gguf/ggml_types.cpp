// The tensor types of ggml that are read, and their dequantisation.
#include "sim/file/gguf/ggml_types.h"

#include <array>
#include <cstring>

#include "machine/share.h"
#include "sim/file/gguf/ggml_blocks.h"
#include "sim/file/widen.h"

namespace octavo::sim::file {
namespace {

template <int values, int size, void (*decode_one)(const std::uint8_t*, float*)>
void decode_all(const std::byte* blocks, std::int64_t count, float* out) {
  machine::share(count, 0.5 * values, [&](std::int64_t i) {
    decode_one(reinterpret_cast<const std::uint8_t*>(blocks) + i * size, out + i * values);
  });
}

void copy_f32(const std::byte* values, std::int64_t count, float* out) {
  std::memcpy(out, values, static_cast<std::size_t>(count) * sizeof(float));
}

constexpr std::array types{
    GgmlType{0, "F32", 1, 4, copy_f32},
    GgmlType{1, "F16", 1, 2, widen_f16},
    GgmlType{2, "Q4_0", 32, 18, decode_all<32, 18, ggml::q4_0>},
    GgmlType{3, "Q4_1", 32, 20, decode_all<32, 20, ggml::q4_1>},
    GgmlType{6, "Q5_0", 32, 22, decode_all<32, 22, ggml::q5_0>},
    GgmlType{7, "Q5_1", 32, 24, decode_all<32, 24, ggml::q5_1>},
    GgmlType{8, "Q8_0", 32, 34, decode_all<32, 34, ggml::q8_0>},
    GgmlType{10, "Q2_K", 256, 84, decode_all<256, 84, ggml::q2_k>},
    GgmlType{11, "Q3_K", 256, 110, decode_all<256, 110, ggml::q3_k>},
    GgmlType{12, "Q4_K", 256, 144, decode_all<256, 144, ggml::q4_k>},
    GgmlType{13, "Q5_K", 256, 176, decode_all<256, 176, ggml::q5_k>},
    GgmlType{14, "Q6_K", 256, 210, decode_all<256, 210, ggml::q6_k>},
    GgmlType{20, "IQ4_NL", 32, 18, decode_all<32, 18, ggml::iq4_nl>},
    GgmlType{23, "IQ4_XS", 256, 136, decode_all<256, 136, ggml::iq4_xs>},
    GgmlType{28, "F64", 1, 8, narrow_f64},
    GgmlType{30, "BF16", 1, 2, widen_bf16},
    GgmlType{39, "MXFP4", 32, 17, decode_all<32, 17, ggml::mxfp4>},
    GgmlType{40, "NVFP4", 64, 36, decode_all<64, 36, ggml::nvfp4>},
};

/// By id; types that ggml has given up are empty.
constexpr std::array<std::string_view, 42> all_names{
    "F32",   "F16",    "Q4_0",  "Q4_1", "",     "",        "Q5_0",   "Q5_1",    "Q8_0",  "Q8_1",   "Q2_K",
    "Q3_K",  "Q4_K",   "Q5_K",  "Q6_K", "Q8_K", "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S",
    "IQ2_S", "IQ4_XS", "I8",    "I16",  "I32",  "I64",     "F64",    "IQ1_M",   "BF16",  "",       "",
    "",      "TQ1_0",  "TQ2_0", "",     "",     "",        "MXFP4",  "NVFP4",   "Q1_0"};

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
