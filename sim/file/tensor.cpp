// Making tensors: views of mapped bytes, and the rearrangements that files need.
#include "sim/file/tensor.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

#include "machine/share.h"

namespace octavo::sim::file {

static_assert(std::endian::native == std::endian::little, "model files are little-endian and are viewed in place");

std::optional<std::int64_t> element_count(std::span<const std::int64_t> shape) {
  std::int64_t count = 1;
  for (const std::int64_t dimension : shape) {
    if (dimension < 0 || __builtin_mul_overflow(count, dimension, &count)) return std::nullopt;
  }
  return count;
}

Tensor view(std::vector<std::int64_t> shape, const FileBytes& file, std::uint64_t offset) {
  const auto count = static_cast<std::size_t>(element_count(shape).value());
  assert(offset <= file.bytes.size() && count <= (file.bytes.size() - offset) / sizeof(float));
  const std::byte* const first = file.bytes.data() + offset;
  if (reinterpret_cast<std::uintptr_t>(first) % alignof(float) != 0) {
    return filled(std::move(shape), [&](float* out) { std::memcpy(out, first, count * sizeof(float)); });
  }
  return {std::move(shape), {reinterpret_cast<const float*>(first), count}, file.owner};
}

Tensor transposed(const Tensor& matrix) {
  assert(matrix.shape.size() == 2);
  const std::int64_t rows = matrix.shape[0], columns = matrix.shape[1];
  constexpr std::int64_t tile = 32;  // a tile of source and result together stay in the first-level cache
  return filled({columns, rows}, [&](float* out) {
    machine::share((columns + tile - 1) / tile, 0.5 * static_cast<double>(tile * rows), [&](std::int64_t strip) {
      const std::int64_t c0 = strip * tile;
      for (std::int64_t r0 = 0; r0 < rows; r0 += tile) {
        for (std::int64_t c = c0; c < std::min(c0 + tile, columns); ++c) {
          for (std::int64_t r = r0; r < std::min(r0 + tile, rows); ++r) {
            out[c * rows + r] = matrix.values[static_cast<std::size_t>(r * columns + c)];
          }
        }
      }
    });
  });
}

}  // namespace octavo::sim::file
