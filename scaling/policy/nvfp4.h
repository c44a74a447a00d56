// NVFP4's two levels: one binary32 scale a tensor, one E4M3 scale a block.
#pragma once

#include <algorithm>
#include <limits>

#include "formats/encode.h"
#include "scaling/policy/policy.h"

namespace octavo::scaling {

/// g = 448 max / amax of the tensor, b = E4M3(g / max * amax of the block), inverse = b / g and factor its reciprocal,
/// all in binary32 (Transformer Engine's core_nvfp4.cuh; the format is E2M1 there, any here). A tensor whose amax is
/// zero, infinite or NaN gets g = 1. A block too small for E4M3 gets its smallest positive value, where Transformer
/// Engine writes a zero that loses the block.
struct Nvfp4 {
  static constexpr Needs needs = Needs::amax;
  constexpr bool operator==(const Nvfp4&) const = default;

  Scale scale(const formats::Spec& format, const Observation& observed) const {
    const auto max = static_cast<float>(max_of(format));
    const auto largest_block_scale = static_cast<float>(max_of(formats::e4m3));
    const bool usable = !observed.tensor.has_nan && std::isfinite(observed.tensor.value) && observed.tensor.value > 0;
    const float whole =
        usable ? std::min(largest_block_scale * max / observed.tensor.value, std::numeric_limits<float>::max()) : 1.0F;
    const float wanted = observed.amax.value * (whole * (1.0F / max));
    const std::uint32_t code = std::max(1u, formats::encode(formats::e4m3, formats::Rounding::nearest_even,
                                                            formats::Overflow::saturate, static_cast<double>(wanted)));
    const float inverse = static_cast<float>(formats::decode(formats::e4m3, code)) * (1.0F / whole);
    const float kept = std::clamp(inverse, 0x1p-127F, 0x1p127F);
    return {1.0F / kept, kept};
  }
};
static_assert(ScalingPolicy<Nvfp4>);

}  // namespace octavo::scaling
