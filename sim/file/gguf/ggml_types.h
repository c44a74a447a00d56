// The tensor types of ggml that are read, and their dequantisation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace octavo::sim::file {

/// A type stores `block_values` values in `block_bytes` bytes; decode(blocks, number of blocks, out) writes them in
/// binary32, in ggml's order of operations (d * q + m, each operation rounded), so the same bits as ggml's scalar code.
/// Source: ggml-common.h (block layouts) and ggml-quants.c (dequantize_row_*).
struct GgmlType {
  std::uint32_t id;
  std::string_view name;
  std::int64_t block_values;
  std::int64_t block_bytes;
  void (*decode)(const std::byte* blocks, std::int64_t count, float* out);
};

/// F32, F16, BF16, F64, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K to Q6_K, IQ4_NL, IQ4_XS, MXFP4, NVFP4.
std::span<const GgmlType> ggml_types();

/// Null for a type that is not read.
const GgmlType* find_ggml_type(std::uint32_t id);

/// A name for messages, also of types that are not read.
std::string ggml_type_name(std::uint32_t id);

}  // namespace octavo::sim::file
