// Planted errors of places.
#include "experiments/capture/self_test/planted_place.h"

#include <algorithm>
#include <utility>

#include "cuda/written.h"

namespace octavo::experiments::capture {
namespace {

constexpr std::int64_t kTile = 128;        // of our kernel
constexpr std::int64_t kCoreMatrix = 8;    // of an instruction's D
constexpr std::int64_t kInstruction = 32;  // elements of K

bool whole_product(const store::ProductCase& data) { return data.layout == store::CaseLayout::gemm; }

void exchange_neighbours(store::ProductCase& data) {
  const std::int64_t width = whole_product(data) ? data.b_rows : data.results();
  for (std::int64_t first = 0; first < data.results(); first += width)
    for (std::int64_t j = 0; j + 1 < width; j += 2) {
      const auto at = static_cast<std::size_t>(first + j);
      std::swap(data.d.values[at], data.d.values[at + 1]);
    }
}

void transpose_tiles(store::ProductCase& data) {
  if (!whole_product(data)) return;
  const std::int64_t side = data.depth <= kInstruction ? kCoreMatrix : kTile;
  const auto at = [&](std::int64_t i, std::int64_t j) -> std::uint32_t& {
    return data.d.values[static_cast<std::size_t>(i * data.b_rows + j)];
  };
  for (std::int64_t i = 0; i < data.a_rows; ++i) {
    for (std::int64_t j = i % side + 1; j < data.b_rows; ++j) {
      // (i, j) and its mirror within the tile, met once.
      const std::int64_t mirror_i = i / side * side + j % side;
      const std::int64_t mirror_j = j / side * side + i % side;
      if (j % side > i % side && mirror_i < data.a_rows && mirror_j < data.b_rows)
        std::swap(at(i, j), at(mirror_i, mirror_j));
    }
  }
}

void leave_tail(store::ProductCase& data) {
  const std::int64_t whole = data.a_rows / kTile * kTile;
  if (!data.promotion || whole == 0 || whole == data.a_rows) return;
  const auto begin = static_cast<std::ptrdiff_t>(whole * data.b_rows);
  data.d.values = cuda::written(
      "a kernel with a planted error",
      [&](std::uint8_t poison) {
        std::vector<std::uint32_t> values = data.d.values;
        std::fill(values.begin() + begin, values.end(), poison * 0x01010101u);
        return values;
      },
      sizeof(std::uint32_t));
}

}  // namespace

void misplace(PlantedError error, store::ProductCase& data) {
  if (error == PlantedError::neighbours_exchanged) exchange_neighbours(data);
  if (error == PlantedError::tile_transposed) transpose_tiles(data);
  if (error == PlantedError::tail_unwritten) leave_tail(data);
}

}  // namespace octavo::experiments::capture
