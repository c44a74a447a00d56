// Block formats as values: an element format, the shape of a block that shares a scale, and the scale's own format.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "formats/spec.h"

namespace octavo::formats {

/// A tensor is a row-major matrix whose last dimension is the one that products sum over; a block is `rows` x `columns`
/// of it, and blocks at the edges may be smaller. Element value = decode(element, code) * block scale (* tensor scale).
struct BlockFormat {
  Spec element;
  int rows = 1;
  int columns = 32;
  std::optional<Spec> scale = e8m0;  ///< of the block's scale; none: binary32
  bool tensor_scale = false;         ///< a binary32 scale of the whole tensor besides

  constexpr bool operator==(const BlockFormat&) const = default;
  constexpr int block_size() const { return rows * columns; }
  constexpr int scale_bits() const { return scale ? scale->bits() : 32; }
  /// Memory of an element with its share of the block's scale, for tensors of whole blocks.
  constexpr double bits_per_element() const {
    return element.bits() + static_cast<double>(scale_bits()) / block_size();
  }
};

// OCP Microscaling Formats 1.0, table 1: 32 elements along the row, power-of-two scale.
inline constexpr BlockFormat mxfp8_e4m3{e4m3};
inline constexpr BlockFormat mxfp8_e5m2{e5m2};
inline constexpr BlockFormat mxfp6_e3m2{e3m2};
inline constexpr BlockFormat mxfp6_e2m3{e2m3};
inline constexpr BlockFormat mxfp4{e2m1};
inline constexpr BlockFormat mxint8{int8q6};
/// NVIDIA: 16 elements, E4M3 scale, FP32 scale of the tensor.
inline constexpr BlockFormat nvfp4{e2m1, 1, 16, e4m3, true};
// DeepSeek-V3 (2412.19437, section 3.3.2): activations by 1 x 128, weights by 128 x 128, FP32 scales.
inline constexpr BlockFormat deepseek_1x128{e4m3, 1, 128, std::nullopt};
inline constexpr BlockFormat deepseek_128x128{e4m3, 128, 128, std::nullopt};

struct BlockCatalogEntry {
  std::string_view name;  ///< as block_format() takes it
  BlockFormat format;
  std::string_view description;
};

std::span<const BlockCatalogEntry> block_catalog();

/// The entry called `name`, in any case and as other libraries spell it (formats/spelling.h); nullptr if there is none.
const BlockCatalogEntry* find_block_format(std::string_view name);

/// The block format called `name`, likewise; throws Error naming near ones if there is none.
BlockFormat block_format(std::string_view name);

}  // namespace octavo::formats
