// NVFP4's two levels: one binary32 scale a tensor, one E4M3 scale a block.
#pragma once

#include <algorithm>
#include <limits>
#include <span>

#include "formats/encode.h"
#include "scaling/policy/policy.h"

namespace octavo::scaling {

/// g = 448 max / amax of the tensor, b = E4M3(g / max * amax of the block), inverse = b / g and factor its reciprocal,
/// all in binary32 (Transformer Engine's core_nvfp4.cuh; the format is E2M1 there, any here). A tensor whose amax is
/// zero, infinite or NaN gets g = 1. A block too small for E4M3 gets its smallest positive value, where Transformer
/// Engine writes a zero that loses the block.
struct Nvfp4 {
  static constexpr Needs needs = Needs::tensor_amax;
  constexpr bool operator==(const Nvfp4&) const = default;

  /// g of the tensor.
  static float tensor_factor(const formats::Spec& format, const formats::MeasuredAmax& tensor) {
    const auto max = static_cast<float>(max_of(format));
    const auto largest_block_scale = static_cast<float>(max_of(formats::e4m3));
    const bool usable = !tensor.has_nan && std::isfinite(tensor.value) && tensor.value > 0;
    return usable ? std::min(largest_block_scale * max / tensor.value, std::numeric_limits<float>::max()) : 1.0F;
  }

  /// The code of b, under the tensor's g.
  static std::uint8_t block_code(const formats::Spec& format, float whole, float amax) {
    const float wanted = amax * (whole * (1.0F / static_cast<float>(max_of(format))));
    const std::uint32_t code = formats::encode(formats::e4m3, formats::Rounding::nearest_even,
                                               formats::Overflow::saturate, static_cast<double>(wanted));
    return static_cast<std::uint8_t>(std::max(1u, code));
  }

  Scale scale(const formats::Spec& format, const Observation& observed) const {
    const float whole = tensor_factor(format, observed.tensor);
    const std::uint8_t code = block_code(format, whole, observed.amax.value);
    const float inverse = static_cast<float>(formats::decode(formats::e4m3, code)) * (1.0F / whole);
    const float kept = std::clamp(inverse, 0x1p-127F, 0x1p127F);
    return {1.0F / kept, kept};
  }

  /// block_code() of blocks of one tensor, by the span kernel.
  static void block_codes(const formats::Spec& format, float whole, std::span<const formats::MeasuredAmax> amaxes,
                          std::span<std::uint8_t> codes);

  /// scale() of each block of one tensor: codes by the span kernel, scales by code out of a table.
  void scales(const formats::Spec& format, std::span<const formats::MeasuredAmax> amaxes,
              const formats::MeasuredAmax& tensor, std::span<Scale> result) const;
};
static_assert(ScalingPolicy<Nvfp4>);

}  // namespace octavo::scaling
