// Stored floats to binary32.
#include "sim/file/widen.h"

#include <cstring>

#include "machine/share.h"

namespace octavo::sim::file {
namespace {

template <class Stored, class Convert>
void convert_all(const std::byte* values, std::int64_t count, float* out, Convert convert) {
  machine::share_range(count, 0.3, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      Stored stored;
      std::memcpy(&stored, values + i * static_cast<std::int64_t>(sizeof stored), sizeof stored);
      out[i] = convert(stored);
    }
  });
}

}  // namespace

void widen_f16(const std::byte* values, std::int64_t count, float* out) {
  convert_all<std::uint16_t>(values, count, out, [](std::uint16_t half) { return widen_f16(half); });
}

void widen_bf16(const std::byte* values, std::int64_t count, float* out) {
  convert_all<std::uint16_t>(values, count, out,
                             [](std::uint16_t high) { return std::bit_cast<float>(std::uint32_t{high} << 16); });
}

void narrow_f64(const std::byte* values, std::int64_t count, float* out) {
  convert_all<double>(values, count, out, [](double value) { return static_cast<float>(value); });
}

}  // namespace octavo::sim::file
