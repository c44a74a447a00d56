// Values times their blocks' factors in stretches of the first cache, and the kernels of formats/span over them.
#include "scaling/encode.h"

#include <algorithm>
#include <cassert>
#include <vector>

#include "formats/span/cast_meter.h"
#include "formats/span/widened_part.h"
#include "scaling/block_values.h"

namespace octavo::scaling {
namespace {

constexpr double kEncodeEach = 0.3;  // nanoseconds
constexpr double kMeasureEach = 0.6;
constexpr std::size_t kStretch = 2048;

formats::Encoder encoder_of(const Cast& rule, const formats::RandomStream& random) {
  return {rule.format, rule.rounding, rule.overflow, random};
}

/// function(piece, first element, count) for pieces of a flat tensor.
template <class Function>
void for_pieces(std::int64_t size, double each, const Function& function) {
  machine::share((size + kPiece - 1) / kPiece, each * kPiece, [&](std::int64_t i) {
    function(static_cast<std::size_t>(i), static_cast<std::size_t>(i * kPiece),
             static_cast<std::size_t>(std::min(kPiece, size - i * kPiece)));
  });
}

/// The sum of all parts, in ascending order.
formats::CastStatistics sum_of(const std::vector<formats::CastStatistics>& parts) {
  formats::CastStatistics all;
  for (const formats::CastStatistics& part : parts) all += part;
  return all;
}

/// Counts come in any order: pieces, however the tensor is scaled.
std::array<std::uint64_t, 256> exponents_of(const Matrix& x) {
  std::vector<std::array<std::uint64_t, 256>> parts(static_cast<std::size_t>((x.size() + kPiece - 1) / kPiece));
  for_pieces(x.size(), kMeasureEach, [&](std::size_t piece, std::size_t first, std::size_t count) {
    parts[piece] = {};
    for (std::size_t i = 0; i < count; i += kStretch) {
      const std::size_t size = std::min(kStretch, count - i);
      formats::WidenedPart<kStretch> widened;
      formats::exponent_histogram(std::span(widened.of(x.values.part(first + i, size)), size), parts[piece]);
    }
  });
  std::array<std::uint64_t, 256> all{};
  for (const auto& part : parts)
    for (std::size_t bin = 0; bin < all.size(); ++bin) all[bin] += part[bin];
  return all;
}

formats::CastStatistics statistics_of(const Matrix& x, const Cast& rule, std::span<const Scale> scales,
                                      std::span<const std::uint8_t> codes) {
  const formats::CastMeter meter(rule.format, rule.rounding);
  if (rule.granularity.is_tensor()) {
    std::vector<formats::CastStatistics> parts(static_cast<std::size_t>((x.size() + kPiece - 1) / kPiece));
    for_pieces(x.size(), kMeasureEach, [&](std::size_t piece, std::size_t first, std::size_t count) {
      parts[piece] = meter(x.values.part(first, count), scales.front().factor, codes.subspan(first, count));
    });
    return sum_of(parts);
  }
  constexpr std::int64_t kBlocksAtATime = 64;
  const std::int64_t blocks = x.grid.blocks();
  std::vector<formats::CastStatistics> parts(static_cast<std::size_t>((blocks + kBlocksAtATime - 1) / kBlocksAtATime));
  const double each = kMeasureEach * static_cast<double>(x.grid.block_rows * x.grid.block_columns * kBlocksAtATime);
  machine::share(static_cast<std::int64_t>(parts.size()), each, [&](std::int64_t part) {
    std::vector<float> gathered;
    std::vector<std::uint8_t> of_block;
    for (std::int64_t number = part * kBlocksAtATime; number < std::min(blocks, (part + 1) * kBlocksAtATime);
         ++number) {
      const BlockPlace at(x.grid, number);
      const std::span<const float> values = block_values(x, at, gathered);
      of_block.resize(values.size());
      for (std::int64_t row = 0; row < at.height; ++row)
        std::copy_n(codes.data() + (at.row + row) * x.grid.columns + at.column, at.width,
                    of_block.data() + row * at.width);
      parts[static_cast<std::size_t>(part)] += meter(values, scales[static_cast<std::size_t>(number)].factor, of_block);
    }
  });
  return sum_of(parts);
}

/// products = x * factor of its run, for runs of `length` elements, each under its scale. Block formats' lengths are
/// told to the compiler.
template <std::size_t length>
void scale_runs_of(const float* x, const Scale* scales, std::size_t runs, float* products) {
  for (std::size_t run = 0; run < runs; ++run)
    for (std::size_t k = 0; k < length; ++k) products[run * length + k] = x[run * length + k] * scales[run].factor;
}

void scale_runs(const float* x, const Scale* scales, std::size_t length, std::size_t runs, float* products) {
  if (length == 16) return scale_runs_of<16>(x, scales, runs, products);
  if (length == 32) return scale_runs_of<32>(x, scales, runs, products);
  for (std::size_t run = 0; run < runs; ++run)
    for (std::size_t k = 0; k < length; ++k) products[run * length + k] = x[run * length + k] * scales[run].factor;
}

}  // namespace

void encode_rows(const Matrix& x, const formats::Encoder& encoder, std::span<const Scale> scales, std::int64_t first,
                 std::int64_t last, std::span<std::uint8_t> codes) {
  const BlockGrid& grid = x.grid;
  std::array<float, kStretch> scaled;
  formats::WidenedPart<kStretch> widened;
  std::size_t held = 0;  // products in `scaled`, of the elements that end at `place`
  auto place = static_cast<std::size_t>(first * grid.columns);
  const auto flush = [&] {
    encoder.encode(std::span<const float>(scaled.data(), held), 1.0F, place - held, codes.subspan(place - held, held));
    held = 0;
  };
  for (std::int64_t row = first; row < last; ++row) {
    const Scale* of_row = scales.data() + row / grid.block_rows * grid.across();
    const auto length = static_cast<std::size_t>(grid.block_columns);
    const bool lies_there = x.values.type() == formats::quantize_kernel::Source::fp32 && kStretch % length == 0;
    const auto runs = static_cast<std::size_t>(lies_there ? grid.columns / grid.block_columns : 0);
    for (std::size_t run = 0; run < runs;) {
      if (held + length > kStretch) flush();
      const std::size_t count = std::min((kStretch - held) / length, runs - run);
      scale_runs(static_cast<const float*>(x.values.at(place)), of_row + run, length, count, scaled.data() + held);
      held += count * length;
      place += count * length;
      run += count;
    }
    for_segments(grid, [&](std::int64_t block, std::int64_t, std::int64_t width) {
      if (block < static_cast<std::int64_t>(runs)) return;
      const float factor = of_row[block].factor;
      for (auto left = static_cast<std::size_t>(width); left > 0;) {
        if (held == kStretch) flush();
        const std::size_t count = std::min(left, kStretch - held);
        const float* from = widened.of(x.values.part(place, count));
        for (std::size_t k = 0; k < count; ++k) scaled[held + k] = from[k] * factor;
        held += count;
        place += count;
        left -= count;
      }
    });
  }
  flush();
}

void encode(const Matrix& x, const Cast& rule, std::span<const Scale> scales, const formats::RandomStream& random,
            std::span<std::uint8_t> codes) {
  assert(static_cast<std::int64_t>(scales.size()) == x.scales && static_cast<std::int64_t>(codes.size()) == x.size());
  const formats::Encoder encoder = encoder_of(rule, random);
  if (x.scales == 1)
    return for_pieces(x.size(), kEncodeEach, [&](std::size_t, std::size_t first, std::size_t count) {
      encoder.encode(x.values.part(first, count), scales.front().factor, first, codes.subspan(first, count));
    });
  for_bands(x.grid, kEncodeEach, [&](std::int64_t, std::int64_t first, std::int64_t last) {
    encode_rows(x, encoder, scales, first, last, codes);
  });
}

Measured measure(const Matrix& x, const Cast& rule, std::span<const Scale> scales,
                 std::span<const std::uint8_t> codes) {
  return {statistics_of(x, rule, scales, codes), exponents_of(x)};
}

}  // namespace octavo::scaling
