// Casts to nearest even of one tensor on the calling thread.
#include "formats/span/quantize.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>

#include "formats/decode.h"
#include "formats/encode.h"
#include "formats/span/cast.h"
#include "formats/span/cast_plan.h"
#include "formats/span/code_decoder.h"

namespace octavo::formats {

void encode(const Spec& spec, Overflow overflow, std::span<const float> x, float scale, std::span<std::uint8_t> codes) {
  encode(ElementCast{.format = spec, .overflow = overflow, .scale = scale}, x, codes);
}

void decode(const Spec& spec, std::span<const std::uint8_t> codes, std::span<float> values) {
  assert(codes.size() == values.size());
  CodeDecoder{spec}(codes.data(), values.data(), codes.size());
}

void round_values(const Spec& spec, Overflow overflow, std::span<float> x) {
  if (const auto plan = nearest_plan(spec, overflow)) return nearest_kernels().round(*plan, x.data(), x.size());
  for (float& value : x)
    value = static_cast<float>(decode(spec, encode(spec, Rounding::nearest_even, overflow, value)));
}

MeasuredAmax amax(std::span<const float> x) {
  std::uint32_t has_nan = 0;
  const std::uint32_t bits = measure_kernels().amax(x.data(), x.size(), &has_nan);
  return {std::bit_cast<float>(bits), has_nan != 0};
}

void add_amax_of_runs(std::span<const float> x, std::size_t length, std::span<MeasuredAmax> amaxes) {
  assert(x.size() == length * amaxes.size());
  constexpr std::size_t kRuns = 256;
  constexpr std::uint32_t kInfinity = 0x7F800000u;
  for (std::size_t first = 0; first < amaxes.size(); first += kRuns) {
    const std::size_t count = std::min(kRuns, amaxes.size() - first);
    std::array<std::uint32_t, kRuns> bits;
    measure_kernels().amax_of_runs(x.data() + first * length, length, count, bits.data());
    for (std::size_t i = 0; i < count; ++i)
      amaxes[first + i] += bits[i] <= kInfinity ? MeasuredAmax{std::bit_cast<float>(bits[i]), false}
                                                : amax(x.subspan((first + i) * length, length));
  }
}

CastStatistics encode_with_statistics(const Spec& spec, Overflow overflow, std::span<const float> x, float scale,
                                      std::span<std::uint8_t> codes) {
  return encode_with_statistics(ElementCast{.format = spec, .overflow = overflow, .scale = scale}, x, codes);
}

void exponent_histogram(std::span<const float> x, std::span<std::uint64_t, 256> counts) {
  // Equal exponents come in runs: several histograms, so that an increment need not wait for the one before it.
  std::array<std::array<std::uint64_t, 256>, 4> parts{};
  for (std::size_t i = 0; i < x.size(); ++i)
    ++parts[i % parts.size()][(std::bit_cast<std::uint32_t>(x[i]) >> 23) & 0xFFu];
  for (std::size_t e = 0; e < counts.size(); ++e)
    for (const auto& part : parts) counts[e] += part[e];
}

}  // namespace octavo::formats
