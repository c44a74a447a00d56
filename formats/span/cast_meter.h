// What a cast did to its tensor, told from the codes.
#pragma once

#include <cstdint>
#include <span>

#include "formats/rounding.h"
#include "formats/span/code_decoder.h"
#include "formats/span/quantize.h"
#include "formats/span/values.h"

namespace octavo::formats {

/// Of casts to one format of at most 8 bits under one rounding; its numbers are worked out once. Runs on the calling
/// thread and gives the same bits on every instruction set.
class CastMeter {
 public:
  CastMeter(const Spec& format, Rounding rounding);

  /// `codes` are those of x * scale. `scale` is a power of two, so that division by it is exact in binary64; by another
  /// one the error's energy is within a few 2^-53 of its terms. Sums have the order that quantize.h states.
  CastStatistics operator()(Values x, float scale, std::span<const std::uint8_t> codes) const;

 private:
  CodeDecoder decoder_;
  measure_kernel::KeptMagnitudes kept_;
};

}  // namespace octavo::formats
