// Stored floats to binary32.
#include "sim/file/widen.h"

#include <cmath>
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

void narrow_f64_to_odd(const std::byte* values, std::int64_t count, float* out) {
  convert_all<double>(values, count, out, [](double value) {
    const auto nearest = static_cast<float>(value);
    if (static_cast<double>(nearest) == value || std::isnan(value)) return nearest;
    const bool beyond = std::fabs(static_cast<double>(nearest)) > std::fabs(value);
    const float toward_zero = beyond ? std::nextafter(nearest, 0.0F) : nearest;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(toward_zero) | 1u);
  });
}

std::vector<double> widened_f64(std::span<const std::byte> bytes) {
  std::vector<double> values(bytes.size() / sizeof(double));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(double));
  return values;
}

}  // namespace octavo::sim::file
