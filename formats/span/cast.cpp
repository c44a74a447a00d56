// Casts by blocks that stay in the first cache, shared among threads.
#include "formats/span/cast.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <vector>

#include "formats/encode.h"
#include "formats/span/cast_meter.h"
#include "formats/span/code_decoder.h"
#include "formats/span/encoder.h"
#include "formats/span/widened_part.h"
#include "machine/share.h"

namespace octavo::formats {
namespace {

constexpr std::size_t kBlock = 4096;

/// Calls work(block, first, count) for the blocks of `size` elements.
template <class Work>
void for_blocks(std::size_t size, int threads, Work work) {
  assert(threads >= 1);
  const auto blocks = static_cast<std::int64_t>((size + kBlock - 1) / kBlock);
  const auto one = [&](std::int64_t block) {
    const std::size_t first = static_cast<std::size_t>(block) * kBlock;
    work(static_cast<std::size_t>(block), first, std::min(kBlock, size - first));
  };
  machine::share_pieces(blocks, 1, threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t block = begin; block < end; ++block) one(block);
  });
}

Encoder encoder(const ElementCast& cast) {
  return {cast.format, cast.rounding, cast.overflow, cast.random, cast.random_bits};
}

}  // namespace

void encode(const ElementCast& cast, Values x, std::span<std::uint8_t> codes, int threads) {
  const Encoder each = encoder(cast);
  for_blocks(x.size(), threads, [&](std::size_t, std::size_t first, std::size_t count) {
    each.encode(x.part(first, count), cast.scale, cast.first_element + first, codes.subspan(first, count));
  });
}

void quantize(const ElementCast& cast, Values x, std::span<float> values, int threads) {
  assert(values.size() == x.size());
  const Encoder each = encoder(cast);
  if (cast.format.bits() > 8)
    return for_blocks(x.size(), threads, [&](std::size_t, std::size_t first, std::size_t count) {
      each.round(x.part(first, count), cast.scale, cast.first_element + first, values.subspan(first, count));
    });
  const CodeDecoder decoder(cast.format);
  for_blocks(x.size(), threads, [&](std::size_t, std::size_t first, std::size_t count) {
    std::array<std::uint8_t, kBlock> codes;
    each.encode(x.part(first, count), cast.scale, cast.first_element + first, {codes.data(), count});
    decoder(codes.data(), values.data() + first, count);
  });
}

MeasuredAmax amax(Values x, int threads) {
  std::vector<MeasuredAmax> parts((x.size() + kBlock - 1) / kBlock);
  for_blocks(x.size(), threads, [&](std::size_t block, std::size_t first, std::size_t count) {
    WidenedPart<kBlock> widened;
    parts[block] = amax(std::span(widened.of(x.part(first, count)), count));
  });
  MeasuredAmax total;
  for (const MeasuredAmax& part : parts) total += part;
  return total;
}

CastStatistics encode_with_statistics(const ElementCast& cast, Values x, std::span<std::uint8_t> codes, int threads) {
  const Encoder each = encoder(cast);
  const CastMeter meter(cast.format, cast.rounding);
  std::vector<CastStatistics> parts((x.size() + kBlock - 1) / kBlock);
  for_blocks(x.size(), threads, [&](std::size_t block, std::size_t first, std::size_t count) {
    const std::span<std::uint8_t> of_block = codes.subspan(first, count);
    each.encode(x.part(first, count), cast.scale, cast.first_element + first, of_block);
    parts[block] = meter(x.part(first, count), cast.scale, of_block);
  });
  CastStatistics total;
  for (const CastStatistics& part : parts) total += part;
  return total;
}

void encode(const Spec& format, const Convention& convention, std::span<const float> x, std::span<std::uint8_t> codes) {
  encode(ElementCast{.format = format, .rounding = convention.rounding, .overflow = convention.overflow}, x, codes);
  // Conventions differ in infinity and NaN alone.
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!std::isfinite(x[i])) codes[i] = static_cast<std::uint8_t>(encode(format, convention, x[i]));
}

}  // namespace octavo::formats
