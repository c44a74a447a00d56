// A matrix as an engine reads it: values, or codes and the scales that make values of them.
#pragma once

#include <cstdint>
#include <optional>

#include "formats/spec.h"

namespace octavo::sim::gemm {

/// What one scale of an operand covers, and what it is written in.
struct ScaleShape {
  std::int64_t rows = 0;   ///< of the operand; 0: all
  std::int64_t depth = 0;  ///< elements of K; 0: all
  /// Of the scales' own codes: e8m0, or e4m3 beside a binary32 scale of the tensor. Nothing: binary32.
  std::optional<formats::Spec> format{};

  constexpr bool operator==(const ScaleShape&) const = default;
  constexpr bool is_tensor() const { return rows == 0 && depth == 0; }
};

/// The scales of an operand: value = decode(code) * inverse. A view; without `inverses` and `codes` every scale is 1.
/// That of element (row, k) is at row / shape.rows * row_stride + k / shape.depth * depth_stride, where a quotient by 0
/// is 0; the last block of a row or column may be shorter.
struct Scales {
  ScaleShape shape{};
  std::int64_t row_stride = 0;  ///< between blocks
  std::int64_t depth_stride = 0;
  const float* inverses = nullptr;
  /// In shape.format. Where both are given, an engine that multiplies scales itself reads codes and `tensor`, all else
  /// reads `inverses`; where one is, it says what the other would: inverse = decode(code) * tensor in binary32.
  const std::uint8_t* codes = nullptr;
  float tensor = 1;

  constexpr std::int64_t at(std::int64_t row, std::int64_t k) const {
    return (shape.rows == 0 ? 0 : row / shape.rows * row_stride) +
           (shape.depth == 0 ? 0 : k / shape.depth * depth_stride);
  }
};

/// Element (row, k) is at row * row_stride + k * depth_stride of `values`, or of `codes` (of `format`, at most 8 bits)
/// if values is null. NT layout: both operands of a product have the depth K as second index.
/// `nibbles`: codes of at most 4 bits lie two a byte, that at i in bits 4 (i % 2) and up of byte i / 2.
struct Operand {
  std::int64_t rows = 0;
  std::int64_t depth = 0;
  std::int64_t row_stride = 0;
  std::int64_t depth_stride = 1;
  const float* values = nullptr;
  const std::uint8_t* codes = nullptr;
  formats::Spec format{};
  bool nibbles = false;
  Scales scales{};  ///< of codes

  constexpr std::uint8_t code(std::int64_t row, std::int64_t k) const {
    const std::int64_t at = row * row_stride + k * depth_stride;
    return nibbles ? static_cast<std::uint8_t>(codes[at / 2] >> (at % 2 * 4) & 15) : codes[at];
  }

  static Operand of_values(const float* values, std::int64_t rows, std::int64_t depth) {
    return {.rows = rows, .depth = depth, .row_stride = depth, .values = values};
  }
  static Operand of_codes(const std::uint8_t* codes, const formats::Spec& format, std::int64_t rows,
                          std::int64_t depth) {
    return {.rows = rows, .depth = depth, .row_stride = depth, .codes = codes, .format = format};
  }
};

}  // namespace octavo::sim::gemm
