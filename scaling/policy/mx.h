// The shared exponent of a block in OCP Microscaling (MX 1.0, section 6.3): a power of two that fits E8M0.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <span>

#include "scaling/policy/amax.h"

namespace octavo::scaling {

/// floor: exponent floor(log2(amax)) - floor(log2(max)), the specification's algorithm, under which values above the
/// format's largest saturate. rceil: ceil(log2(amax / max)), which nothing exceeds (PTX cvt.rp.ue8m0x2, and the RCEIL
/// of Transformer Engine and torchao).
enum class MxRounding : std::uint8_t { floor, rceil };

/// x8 = cast(x * 2^-exponent), exponent in [-127, 127] as E8M0 holds it; a block of zeros gets the smallest, -127. The
/// specification leaves infinity and NaN open: here the exponent is that of the largest binary32 value if an element is
/// infinite; NaN stays in its element where the format has one (torchao turns the whole block into NaN), and elsewhere
/// the cast makes the scale NaN, E8M0's 0xFF.
struct Mx {
  MxRounding rounding = MxRounding::floor;

  static constexpr Needs needs = Needs::amax;
  constexpr bool operator==(const Mx&) const = default;

  Scale scale(const formats::Spec& format, const Observation& observed) const {
    const auto amax = static_cast<double>(std::min(observed.amax.value, std::numeric_limits<float>::max()));
    if (amax == 0.0) return Scale::of_bias(kBiasLimit);
    if (rounding == MxRounding::rceil) return Scale::of_bias(clamp_bias(floor_log2_ratio(max_of(format), amax)));
    return Scale::of_bias(clamp_bias(std::ilogb(max_of(format)) - std::ilogb(amax)));
  }

  /// scale() of each block; what is the same for all is computed once.
  void scales(const formats::Spec& format, std::span<const formats::MeasuredAmax> amaxes, const formats::MeasuredAmax&,
              std::span<Scale> result) const {
    const double max = max_of(format);
    const int top = std::ilogb(max);
    // |x| <= max 2^e for the exponent that floor gives, unless its significand exceeds that of max: then one more.
    const std::uint64_t fraction = std::bit_cast<std::uint64_t>(max) & kFraction;
    for (std::size_t i = 0; i < amaxes.size(); ++i) {
      const auto amax = static_cast<double>(std::min(amaxes[i].value, std::numeric_limits<float>::max()));
      const auto bits = std::bit_cast<std::uint64_t>(amax);  // of a normal number: binary32's subnormals are
      const int exponent = static_cast<int>(bits >> 52) - 1023;
      const int up = rounding == MxRounding::rceil && (bits & kFraction) > fraction ? 1 : 0;
      result[i] = Scale::of_bias(amax == 0.0 ? kBiasLimit : clamp_bias(top - exponent - up));
    }
  }

 private:
  static constexpr std::uint64_t kFraction = (std::uint64_t{1} << 52) - 1;
};
static_assert(ScalingPolicy<Mx>);

}  // namespace octavo::scaling
