// Casts by blocks that stay in the first cache, shared among threads.
#include "formats/span/cast.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <optional>
#include <vector>

#include "formats/decode.h"
#include "formats/encode.h"
#include "formats/span/cast_plan.h"
#include "formats/span/code_decoder.h"
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

/// One block of x as binary32.
class Widened {
 public:
  const float* of(Values x, std::size_t first, std::size_t count) {
    if (x.type() == quantize_kernel::Source::fp32) return static_cast<const float*>(x.data()) + first;
    nearest_kernels().widen(x.type(), x.at(first), buffer_.data(), count);
    return buffer_.data();
  }

 private:
  std::array<float, kBlock> buffer_;
};

/// A cast with the kernels' numbers, worked out once.
class Caster {
 public:
  explicit Caster(const ElementCast& cast) : cast_(cast) {
    assert(cast.format.valid() && cast.random_bits >= 1 && cast.random_bits <= 24);
    if (cast.rounding == Rounding::nearest_even) nearest_ = nearest_plan(cast.format, cast.overflow);
    if (!nearest_) rounding_ = rounding_plan(cast.format, cast.rounding, cast.overflow, cast.random_bits);
  }

  /// `i` is the place of the first element in the call.
  void encode_block(Values x, std::size_t i, std::uint8_t* codes, std::size_t count) const {
    if (nearest_) return nearest_kernels().encode(*nearest_, x.type(), x.at(i), cast_.scale, codes, count);
    Widened widened;
    const float* floats = widened.of(x, i, count);
    constexpr std::size_t kPart = 1024;  // floats, random words and codes of a part stay in the first cache together
    for (std::size_t first = 0; first < count; first += kPart)
      codes_of_block(floats + first, i + first, codes + first, std::min(kPart, count - first));
  }

  /// Values of a format of more than 8 bits.
  void quantize_block(Values x, std::size_t i, float* values, std::size_t count) const {
    Widened widened;
    const float* floats = widened.of(x, i, count);
    if (nearest_) {
      for (std::size_t k = 0; k < count; ++k) values[k] = floats[k] * cast_.scale;
      return nearest_kernels().round(*nearest_, values, count);
    }
    std::array<std::int32_t, kBlock> codes;
    codes_of_block(floats, i, codes.data(), count);
    for (std::size_t k = 0; k < count; ++k)
      values[k] = static_cast<float>(decode(cast_.format, static_cast<std::uint32_t>(codes[k])));
  }

 private:
  /// Codes as bytes or as integers of 32 bits.
  template <class Code>
  void codes_of_block(const float* x, std::size_t i, Code* codes, std::size_t count) const {
    using rounding_kernel::kGroup;
    const std::uint64_t element = cast_.first_element + i;
    const RandomStream& random = cast_.random;
    if (!rounding_) {
      for (std::size_t k = 0; k < count; ++k) {
        const RandomBits bits{
            cast_.rounding == Rounding::stochastic ? random.word(element + k) >> (32 - cast_.random_bits) : 0,
            cast_.random_bits};
        codes[k] = static_cast<Code>(encode(cast_.format, cast_.rounding, cast_.overflow, x[k] * cast_.scale, bits));
      }
      return;
    }
    const auto& kernels = rounding_kernels();
    const auto mode = static_cast<std::size_t>(cast_.rounding);
    const auto kernel = [&] {
      if constexpr (sizeof(Code) == 1)
        return kernels.to_bytes[mode];
      else
        return kernels.encode[mode];
    }();
    if (cast_.rounding != Rounding::stochastic) return kernel(*rounding_, x, cast_.scale, nullptr, codes, count);
    std::array<std::uint32_t, kBlock + kGroup> words;
    const std::size_t before = element % kGroup;  // the words begin with those of the group's earlier elements
    rounding_kernels().random_words(random.seed, random.tensor, random.step, element / kGroup,
                                    (before + count + kGroup - 1) / kGroup, words.data());
    kernel(*rounding_, x, cast_.scale, words.data() + before, codes, count);
  }

  ElementCast cast_;
  std::optional<quantize_kernel::Plan> nearest_;
  std::optional<rounding_kernel::Plan> rounding_;
};

}  // namespace

void encode(const ElementCast& cast, Values x, std::span<std::uint8_t> codes, int threads) {
  assert(cast.format.bits() <= 8 && codes.size() == x.size());
  const Caster caster(cast);
  for_blocks(x.size(), threads, [&](std::size_t, std::size_t first, std::size_t count) {
    caster.encode_block(x, first, codes.data() + first, count);
  });
}

void quantize(const ElementCast& cast, Values x, std::span<float> values, int threads) {
  assert(values.size() == x.size());
  const Caster caster(cast);
  if (cast.format.bits() > 8)
    return for_blocks(x.size(), threads, [&](std::size_t, std::size_t first, std::size_t count) {
      caster.quantize_block(x, first, values.data() + first, count);
    });
  const CodeDecoder decoder(cast.format);
  for_blocks(x.size(), threads, [&](std::size_t, std::size_t first, std::size_t count) {
    std::array<std::uint8_t, kBlock> codes;
    caster.encode_block(x, first, codes.data(), count);
    decoder(codes.data(), values.data() + first, count);
  });
}

MeasuredAmax amax(Values x, int threads) {
  std::vector<MeasuredAmax> parts((x.size() + kBlock - 1) / kBlock);
  for_blocks(x.size(), threads, [&](std::size_t block, std::size_t first, std::size_t count) {
    Widened widened;
    parts[block] = amax(std::span(widened.of(x, first, count), count));
  });
  MeasuredAmax total;
  for (const MeasuredAmax& part : parts) total += part;
  return total;
}

CastStatistics encode_with_statistics(const ElementCast& cast, Values x, std::span<std::uint8_t> codes, int threads) {
  assert(cast.format.bits() <= 8 && codes.size() == x.size());
  const Caster caster(cast);
  const CodeDecoder decoder(cast.format);
  const auto max = static_cast<float>(decode(cast.format, cast.format.max_code()));
  std::vector<CastStatistics> parts((x.size() + kBlock - 1) / kBlock);
  for_blocks(x.size(), threads, [&](std::size_t block, std::size_t first, std::size_t count) {
    Widened widened;
    std::array<float, kBlock> values;
    const float* floats = widened.of(x, first, count);
    caster.encode_block(x, first, codes.data() + first, count);
    decoder(codes.data() + first, values.data(), count);
    const auto part = measure_kernels().measure(floats, cast.scale, values.data(), max, count);
    parts[block] = {count, part.zeros, part.underflow, part.overflow, part.nan, part.signal_energy, part.error_energy};
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
