// Decoding line by line, as the codes lie, and multiplying runs that share a scale.
#include "sim/gemm/scaled/restore.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "formats/decode.h"
#include "formats/span/quantize.h"
#include "machine/share.h"
#include "messages/error.h"
#include "sim/gemm/operand_values.h"

namespace octavo::sim::gemm {
namespace {

/// Nanoseconds for an element, about.
constexpr double kToRestore = 0.3;

std::int64_t blocks(std::int64_t extent, std::int64_t block) { return block == 0 ? 1 : (extent + block - 1) / block; }

}  // namespace

float inverse_of(const Scales& scales, std::int64_t row, std::int64_t k) {
  if (scales.inverses != nullptr) return scales.inverses[scales.at(row, k)];
  if (scales.codes == nullptr) return 1.0F;
  return static_cast<float>(formats::decode(*scales.shape.format, scales.codes[scales.at(row, k)])) * scales.tensor;
}

Operand restored(const Operand& given, std::unique_ptr<float[]>& storage) {
  std::vector<std::uint8_t> bytes;
  const Operand operand = one_a_byte(given, bytes);
  const bool by_rows = operand.row_stride == 1 && operand.depth_stride != 1;  // a line is a step of the depth
  const std::int64_t lines = by_rows ? operand.depth : operand.rows;
  const std::int64_t length = by_rows ? operand.rows : operand.depth;
  const std::int64_t between = by_rows ? operand.depth_stride : operand.row_stride;
  const std::int64_t in_line = by_rows ? operand.row_stride : operand.depth_stride;
  const std::int64_t block = by_rows ? operand.scales.shape.rows : operand.scales.shape.depth;
  const std::int64_t run = block == 0 ? std::max<std::int64_t>(length, 1) : block;
  storage = std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(lines * length));
  const std::array<float, 256> table = formats::decode_table(operand.format);
  machine::share(lines, kToRestore * static_cast<double>(length), [&](std::int64_t line) {
    const std::uint8_t* codes = operand.codes + line * between;
    float* values = storage.get() + line * length;
    const auto count = static_cast<std::size_t>(length);
    if (in_line == 1)
      formats::decode(operand.format, {codes, count}, {values, count});
    else
      for (std::int64_t i = 0; i < length; ++i) values[i] = table[codes[i * in_line]];
    for (std::int64_t first = 0; first < length; first += run) {
      const float inverse = inverse_of(operand.scales, by_rows ? first : line, by_rows ? line : first);
      const std::int64_t last = std::min(first + run, length);
      for (std::int64_t i = first; i < last; ++i) values[i] *= inverse;
    }
  });
  Operand result{.rows = operand.rows, .depth = operand.depth, .values = storage.get()};
  result.row_stride = by_rows ? 1 : length;
  result.depth_stride = by_rows ? length : 1;
  return result;
}

Scales with_codes(const Scales& scales, const Operand& operand, const char* which, std::vector<std::uint8_t>& storage) {
  if (scales.codes != nullptr) return scales;
  Scales result = scales;
  const std::int64_t down = blocks(operand.rows, scales.shape.rows);
  const std::int64_t across = blocks(operand.depth, scales.shape.depth);
  result.row_stride = across;
  result.depth_stride = 1;
  storage.resize(static_cast<std::size_t>(down * across));
  for (std::int64_t i = 0; i < down; ++i)
    for (std::int64_t j = 0; j < across; ++j) {
      const float inverse =
          scales.inverses == nullptr ? 1.0F : scales.inverses[i * scales.row_stride + j * scales.depth_stride];
      const bool power = inverse > 0 && std::isfinite(inverse) && std::ldexp(1.0F, std::ilogb(inverse)) == inverse;
      if (scales.shape.format != formats::e8m0 || (!power && !std::isnan(inverse)))
        throw Error(
            fmt::format("operand {} has a scale of {} without a code for it, and only powers of two have one in e8m0; "
                        "give the scales' own codes, or engine \"fp32\"",
                        which, inverse));
      storage[static_cast<std::size_t>(i * across + j)] =
          std::isnan(inverse) ? std::uint8_t{0xFF} : static_cast<std::uint8_t>(std::ilogb(inverse) + 127);
    }
  result.codes = storage.data();
  return result;
}

}  // namespace octavo::sim::gemm
