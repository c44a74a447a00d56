// Parts that stay in the first cache: widened where they are 16-bit numbers, then the kernel of the rounding.
#include "formats/span/encoder.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "formats/decode.h"
#include "formats/encode.h"
#include "formats/span/widened_part.h"

namespace octavo::formats {
namespace {

constexpr std::size_t kPart = 1024;  // floats, random words and codes stay in the first cache together
using Widened = WidenedPart<kPart>;

/// function(first, count) for the parts of [0, size).
template <class Function>
void for_parts(std::size_t size, const Function& function) {
  for (std::size_t first = 0; first < size; first += kPart) function(first, std::min(kPart, size - first));
}

}  // namespace

Encoder::Encoder(const Spec& format, Rounding rounding, Overflow overflow, const RandomStream& random, int random_bits)
    : format_(format), rounding_(rounding), overflow_(overflow), random_(random), random_bits_(random_bits) {
  assert(format.valid() && random_bits >= 1 && random_bits <= 24);
  if (rounding == Rounding::nearest_even) nearest_ = nearest_plan(format, overflow);
  if (!nearest_) any_ = rounding_plan(format, rounding, overflow, random_bits);
}

/// Codes as bytes or as integers of 32 bits, of at most kPart floats.
template <class Code>
void Encoder::codes_of(const float* x, float scale, std::uint64_t first, Code* codes, std::size_t count) const {
  using rounding_kernel::kGroup;
  if (!any_) {
    for (std::size_t k = 0; k < count; ++k) {
      const RandomBits bits{rounding_ == Rounding::stochastic ? random_.word(first + k) >> (32 - random_bits_) : 0,
                            random_bits_};
      codes[k] = static_cast<Code>(formats::encode(format_, rounding_, overflow_, x[k] * scale, bits));
    }
    return;
  }
  const auto& kernels = rounding_kernels();
  const auto mode = static_cast<std::size_t>(rounding_);
  const auto kernel = [&] {
    if constexpr (sizeof(Code) == 1)
      return kernels.to_bytes[mode];
    else
      return kernels.encode[mode];
  }();
  if (rounding_ != Rounding::stochastic) return kernel(*any_, x, scale, nullptr, codes, count);
  std::array<std::uint32_t, kPart + 2 * kGroup> words;
  const std::size_t before = first % kGroup;  // the words begin with those of the group's earlier elements
  kernels.random_words(random_.seed, random_.tensor, random_.step, first / kGroup,
                       (before + count + kGroup - 1) / kGroup, words.data());
  kernel(*any_, x, scale, words.data() + before, codes, count);
}

void Encoder::encode(Values x, float scale, std::uint64_t first, std::span<std::uint8_t> codes) const {
  assert(format_.bits() <= 8 && codes.size() == x.size());
  if (nearest_) return nearest_kernels().encode(*nearest_, x.type(), x.data(), scale, codes.data(), x.size());
  for_parts(x.size(), [&](std::size_t at, std::size_t count) {
    Widened widened;
    codes_of(widened.of(x.part(at, count)), scale, first + at, codes.data() + at, count);
  });
}

void Encoder::encode(Values x, std::span<const float> factors, std::uint64_t first,
                     std::span<std::uint8_t> codes) const {
  assert(factors.size() == x.size());
  for_parts(x.size(), [&](std::size_t at, std::size_t count) {
    Widened widened;
    const float* floats = widened.of(x.part(at, count));
    std::array<float, kPart> scaled;
    for (std::size_t k = 0; k < count; ++k) scaled[k] = floats[k] * factors[at + k];
    encode(std::span<const float>(scaled.data(), count), 1.0F, first + at, codes.subspan(at, count));
  });
}

void Encoder::round(Values x, float scale, std::uint64_t first, std::span<float> values) const {
  assert(format_.bits() > 8 && values.size() == x.size());
  for_parts(x.size(), [&](std::size_t at, std::size_t count) {
    Widened widened;
    const float* floats = widened.of(x.part(at, count));
    float* to = values.data() + at;
    if (nearest_) {
      for (std::size_t k = 0; k < count; ++k) to[k] = floats[k] * scale;
      return nearest_kernels().round(*nearest_, to, count);
    }
    std::array<std::int32_t, kPart> codes;
    codes_of(floats, scale, first + at, codes.data(), count);
    for (std::size_t k = 0; k < count; ++k)
      to[k] = static_cast<float>(decode(format_, static_cast<std::uint32_t>(codes[k])));
  });
}

}  // namespace octavo::formats
