// Values of codes beside what they were cast from, block by block.
#include "formats/span/cast_meter.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "formats/overflow_bound.h"
#include "formats/span/widened_part.h"

namespace octavo::formats {
namespace {

constexpr std::size_t kBlock = 4096;

}  // namespace

CastMeter::CastMeter(const Spec& format, Rounding rounding)
    : decoder_(format),
      kept_{float_at_most(largest_kept(format, rounding, false)), float_at_most(largest_kept(format, rounding, true))} {
}

CastStatistics CastMeter::operator()(Values x, float scale, std::span<const std::uint8_t> codes) const {
  assert(codes.size() == x.size());
  CastStatistics total;
  for (std::size_t first = 0; first < x.size(); first += kBlock) {
    const std::size_t count = std::min(kBlock, x.size() - first);
    WidenedPart<kBlock> widened;
    std::array<float, kBlock> values;
    decoder_(codes.data() + first, values.data(), count);
    const auto part = measure_kernels().measure(widened.of(x.part(first, count)), scale, values.data(), kept_, count);
    total += {count, part.zeros, part.underflow, part.overflow, part.nan, part.signal_energy, part.error_energy};
  }
  return total;
}

}  // namespace octavo::formats
